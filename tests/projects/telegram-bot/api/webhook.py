import asyncio
import json
import logging
import os
from http.server import BaseHTTPRequestHandler

from bot.client import Bot
from bot.commands import answer_to

logging.basicConfig(level=logging.INFO)
log = logging.getLogger("webhook")

TOKEN = os.environ["BOT_TOKEN"]
SECRET = os.getenv("WEBHOOK_SECRET", "")


async def process(update):
    async with Bot(TOKEN) as bot:
        message = update.get("message") or {}
        text = message.get("text", "")
        log.info("update %s: %r", update.get("update_id"), text)
        reply = await answer_to(text)
        if reply:
            await bot.send_message(message["chat"]["id"], reply)
        return bot.sent


class handler(BaseHTTPRequestHandler):
    def do_POST(self):
        if self.headers.get("X-Telegram-Bot-Api-Secret-Token") != SECRET:
            self.send_response(403)
            self.end_headers()
            return
        try:
            content_length = int(self.headers["Content-Length"])
            update = json.loads(self.rfile.read(content_length).decode("utf-8"))
            sent = asyncio.run(process(update))
            body = {"ok": True, "sent": sent}
        except Exception as e:
            log.exception("update failed")
            body = {"ok": False, "error": type(e).__name__}
        # Telegram repeats an update until it gets a 200
        self.send_response(200)
        self.send_header("Content-type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(body, ensure_ascii=False).encode("utf-8"))

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-type", "text/html")
        self.end_headers()
        self.wfile.write("🤖 Bot is running".encode("utf-8"))
