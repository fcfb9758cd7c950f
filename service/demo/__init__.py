"""`dixian demo`: the sample cases, played over HTTP against the real service.

Nothing is stubbed but the time: an embedded database, a server on a real port, people who
sign in. The story says beforehand what must come of every act; where the service answers
otherwise, the demonstration says what was expected and what came, and fails.
"""

import signal
import socket
import sys
from collections.abc import Callable

import httpx
from fastapi import FastAPI
from rich.console import Console

from service import sample
from service.clock import Clock, SetClock, office_date
from service.config import Settings
from service.demo import auditor, stage, story
from service.demo.people import OffScript, People
from service.demo.timeline import Timeline

SECONDS_TO_ANSWER = 30

CreateApp = Callable[[Settings, Clock], FastAPI]


def run(
    create_app: CreateApp,
    *,
    exit_after: bool,
    host: str = "127.0.0.1",
    port: int = 8000,
    out: Console,
) -> int:
    """Play the sample cases, then stop (`exit_after`) or serve until Ctrl-C.

    Returns the exit status: 0 only when everything came as the story has it. With
    `exit_after` a free port is taken instead of the given one.
    """
    try:
        listener = socket.create_server((host, 0 if exit_after else port))
    except (OSError, OverflowError) as problem:
        sys.stderr.write(f"dixian demo: cannot listen on {host}:{port}: {problem}\n")
        return 1
    with listener, stage.quiet_log(), stage.data_folder() as settings:
        timeline = Timeline(out)
        clock = SetClock(story.BEGINS_AT)
        stage.prepare(settings, clock, timeline)
        with stage.serving(create_app(settings, clock), listener) as server:
            address = f"http://{host}:{listener.getsockname()[1]}"
            if not _played(address, settings, clock, timeline):
                return 1
            if not exit_after:
                _invite(timeline, address, clock)
                return _serve_on(server)
    return 0


def _played(address: str, settings: Settings, clock: SetClock, timeline: Timeline) -> bool:
    """Play the story; where it comes otherwise, say so and return False."""
    try:
        # No proxy of this machine's environment has business between us and ourselves.
        with httpx.Client(base_url=address, timeout=SECONDS_TO_ANSWER, trust_env=False) as http:
            people = People(http, clock, timeline, stage.ticking(settings, clock))
            story.play(people)
            story.look_back(people)
        whole = timeline.verified(stage.verified(settings))
        whole &= timeline.audited(auditor.audit(settings, clock))
    except OffScript as other:
        timeline.off_script(other.act, other.expected, other.came)
    except httpx.HTTPError as problem:
        timeline.off_script("HTTP", "an answer", repr(problem))
    else:
        return whole
    return False


def _invite(timeline: Timeline, address: str, clock: SetClock) -> None:
    """Say where to look, as the last lines."""
    timeline.lines(
        f"接口文档 documentation: {address}/docs",
        f"用户名 user names: {', '.join(official.username for official in sample.OFFICIALS)}",
        f"密码 password: {sample.PASSWORD}",
        f"模拟日期 the simulated date stays: {office_date(clock.now())}",
        "结束 stop: Ctrl-C",
    )


def _serve_on(server: stage.Server) -> int:
    """Serve until somebody stops it. Returns 0 then, 1 where the server ended by itself."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as `docker stop` says it
    try:
        server.thread.join()
    except KeyboardInterrupt:
        return 0
    return 1
