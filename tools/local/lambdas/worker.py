"""The program of an execution environment: imports a handler once, then handles one event at a time over a socket.

Run as `python -S -P -u worker.py <socket fd> <pipe fd> <sys.path entries>…`. The environment variables are those of the
function. It imports almost nothing, because tests measure in it what a function imports.

A frame is a four-byte length and a body. A request is a line of JSON about the invocation, then the event. A response
is a letter (I: ready, X: could not start, R: result, E: error), then JSON.
"""

import _thread
import json
import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Any, NoReturn

_SIGKILL = 9  # as a number, because the module `signal` would already be imported for the function
_MAX_RESPONSE = 6 * 1024 * 1024 + 100  # limit of Lambda for a synchronous result, measured: 6 MiB and 100 bytes


class LambdaContext:
    """The context object of a handler."""

    def __init__(self, invocation: "dict[str, Any]") -> None:
        env = os.environ
        self.aws_request_id: str = invocation["request_id"]
        self.function_name = env["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = env["AWS_LAMBDA_FUNCTION_VERSION"]
        self.invoked_function_arn: str = invocation["arn"]
        self.memory_limit_in_mb = env["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = env["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = env["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.identity = None
        self.client_context = None
        self._deadline_ms: float = invocation["deadline_ms"]

    def get_remaining_time_in_millis(self) -> int:
        return max(int(self._deadline_ms - time.time() * 1000), 0)

    def log(self, message: object) -> None:
        sys.stdout.write(str(message))


def main() -> "NoReturn":
    fd, hangup = int(sys.argv[1]), int(sys.argv[2])
    # In Lambda, the function comes before everything else, even the standard library.
    sys.path[:] = sys.argv[3:]
    sys.argv[1:] = []
    for inherited in (fd, hangup):
        os.set_inheritable(inherited, False)
    _thread.start_new_thread(_end_at_hangup, (hangup,))
    started = time.perf_counter()
    try:
        handler = _load(os.environ["_HANDLER"])
    except BaseException as error:  # noqa: BLE001  any error of an import is reported
        _send(fd, b"X", _described_import(error))
        sys.exit(1)
    _send(fd, b"I", {"init_ms": (time.perf_counter() - started) * 1000})
    while True:
        head, _, event = _receive(fd).partition(b"\n")
        invocation = json.loads(head)
        os.environ["_X_AMZN_TRACE_ID"] = invocation["trace"]
        letter, payload = _invoke(handler, event, LambdaContext(invocation))
        _write(fd, letter, payload)


def _load(name: str) -> "Callable[[Any, LambdaContext], Any]":
    module, _, attribute = name.replace("/", ".").rpartition(".")
    __import__(module)
    handler: Callable[[Any, LambdaContext], Any] = getattr(sys.modules[module], attribute)
    return handler


def _invoke(
    handler: "Callable[[Any, LambdaContext], Any]", event: bytes, context: LambdaContext
) -> tuple[bytes, bytes]:
    try:
        result = handler(json.loads(event), context)
    except Exception as error:  # noqa: BLE001  the error of a function is its result
        return b"E", _encoded(_described(error))
    try:
        payload = json.dumps(result, default=_as_lambda_does, ensure_ascii=False).encode()
    except (TypeError, ValueError) as error:
        message = f"Unable to marshal response: {error}"
        return b"E", _encoded({"errorType": "Runtime.MarshalError", "errorMessage": message, "stackTrace": []})
    if len(payload) > _MAX_RESPONSE:
        message = f"Response payload size exceeded maximum allowed payload size ({_MAX_RESPONSE} bytes)."
        return b"E", _encoded({"errorType": "Function.ResponseSizeTooLarge", "errorMessage": message})
    return b"R", payload


def _as_lambda_does(value: object) -> float:
    if type(value).__name__ == "Decimal":  # by name, because decimal may not be imported
        return float(value)  # type: ignore[arg-type]
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def _described(error: BaseException, *, frames_to_skip: int = 1) -> "dict[str, Any]":
    import traceback

    trace: TracebackType | None = error.__traceback__
    for _ in range(frames_to_skip):
        trace = trace.tb_next if trace is not None else None
    return {
        "errorMessage": str(error),
        "errorType": type(error).__name__,
        "stackTrace": traceback.format_list(traceback.extract_tb(trace)),
    }


def _described_import(error: BaseException) -> "dict[str, Any]":
    handler = os.environ["_HANDLER"]
    module, _, attribute = handler.rpartition(".")
    described = _described(error, frames_to_skip=2)
    match error:
        case ImportError():
            described["errorType"] = "Runtime.ImportModuleError"
            described["errorMessage"] = f"Unable to import module '{module}': {error}"
        case SyntaxError():
            described["errorType"] = "Runtime.UserCodeSyntaxError"
            described["errorMessage"] = f"Syntax error in module '{module}': {error}"
        case AttributeError() if not described["stackTrace"]:
            described["errorType"] = "Runtime.HandlerNotFound"
            described["errorMessage"] = f"Handler '{attribute}' missing on module '{module}'"
    return described


def _end_at_hangup(pipe: int) -> None:
    """Kill this process and its children when the stack has ended, even during an event.

    Nothing is written to the pipe. The read returns when the stack's end closes, which the kernel does if the stack is
    killed. SIGIO on the socket of the events is not an alternative: it does not distinguish a hang-up from a late
    event, and macOS ignores it by default.
    """
    os.read(pipe, 1)
    os.killpg(os.getpid(), _SIGKILL)


def _receive(fd: int) -> bytes:
    return _read(fd, int.from_bytes(_read(fd, 4), "big"))


def _read(fd: int, length: int) -> bytes:
    parts = []
    while length:
        part = os.read(fd, min(length, 1 << 20))
        if not part:  # the stack has ended, or ends this environment
            sys.exit(0)
        parts.append(part)
        length -= len(part)
    return b"".join(parts)


def _send(fd: int, letter: bytes, payload: "dict[str, Any]") -> None:
    _write(fd, letter, _encoded(payload))


def _encoded(payload: "dict[str, Any]") -> bytes:
    return json.dumps(payload).encode()


def _write(fd: int, letter: bytes, payload: bytes) -> None:
    view = memoryview((len(payload) + 1).to_bytes(4, "big") + letter + payload)
    try:
        while view:
            view = view[os.write(fd, view) :]
    except (BrokenPipeError, ConnectionResetError):  # the stack has ended, so nothing reads the response
        sys.exit(0)


if __name__ == "__main__":
    main()
