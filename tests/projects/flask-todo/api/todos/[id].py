from todo import app
