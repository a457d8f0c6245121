from datetime import date
from os.path import abspath, dirname, join

from flask import Flask, flash, redirect, render_template, request, url_for

ROOT = dirname(dirname(abspath(__file__)))

app = Flask(__name__, template_folder=join(ROOT, "templates"), static_folder=join(ROOT, "static"))
app.config["SECRET_KEY"] = "change me"

GUESTS = []


@app.template_filter("shout")
def shout(text):
    return text.upper() + "!"


@app.context_processor
def everywhere():
    return {"year": date(2024, 1, 1).year}


@app.route("/", methods=["GET", "POST"])
def home():
    if request.method == "POST":
        GUESTS.append(request.form["name"])
        flash("Welcome, %s" % request.form["name"])
        return redirect(url_for("home"), code=303)
    return render_template("home.html", guests=GUESTS)


@app.errorhandler(404)
def not_found(error):
    return render_template("404.html"), 404


if __name__ == "__main__":
    app.run(host="0.0.0.0", port=5000, debug=True)
