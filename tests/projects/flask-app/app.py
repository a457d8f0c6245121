from flask import Flask, redirect, render_template, request, url_for

from quotes import quote_of

app = Flask(__name__)


@app.route("/")
def home():
    return render_template("home.html", quote=quote_of(request.args.get("day", "1")))


@app.route("/api/quote/<int:day>")
def quote(day):
    return {"day": day, "quote": quote_of(str(day))}


@app.route("/first")
def first():
    return redirect(url_for("quote", day=1))


@app.errorhandler(404)
def missing(error):
    return render_template("missing.html", path=request.path), 404


if __name__ == "__main__":
    app.run(debug=True)
