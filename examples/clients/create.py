"""Create a link:  python create.py TOPIC START TIMEZONE KEY"""

import json
import os
import sys
import time
from urllib.error import HTTPError
from urllib.request import Request, urlopen


def ask(path: str, headers: dict[str, str] | None = None, asked: object = None) -> tuple[dict[str, str], int]:
    body = None if asked is None else json.dumps(asked).encode()
    headers = {"Authorization": f"Bearer {os.environ['ZOOMLINK_KEY']}", **(headers or {})}
    turn = 0
    while True:
        turn += 1
        try:
            with urlopen(Request(os.environ["ZOOMLINK_URL"] + path, body, headers), timeout=60) as answer:
                return json.load(answer), int(answer.headers.get("Retry-After", 0))
        except HTTPError as error:
            later = int(error.headers.get("Retry-After", 0))
            if error.code not in {429, 503} or turn == 5 or later > 60:
                problem = json.load(error)  # RFC 9457
                sys.exit(f"{problem['detail']} {problem.get('hint', '')}")
            time.sleep(later)  # the key makes it safe to send it again


topic, start, timezone, key = sys.argv[1:]
headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
link, later = ask("/v1/links", headers, {"topic": topic, "start": start, "timezone": timezone})
while later:
    link, later = ask(f"/v1/links/{link['id']}?wait=10")  # 202, or not ready yet
print(link["join_url"])
