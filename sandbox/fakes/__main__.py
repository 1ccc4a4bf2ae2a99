"""`python -m sandbox.fakes --port 8900`: serves the fake providers until it is told to stop."""

import argparse
import signal
import sys

from sandbox.fakes.serve import serve


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m sandbox.fakes", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="0 takes a free one")
    server = serve(parser.parse_args().port)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print(f"ready {server.url}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        return 0
    finally:
        server.server_close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
