class handler:
    def do_GET(self)
        pass
