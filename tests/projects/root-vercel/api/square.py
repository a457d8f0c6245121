import vercel


class handler(vercel.API):
    def vercel(self):
        n = int(self.query()["n"])
        self.respond(n=n, square=n * n)
