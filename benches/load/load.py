#!/usr/bin/env python3
"""Load test of a running server on loopback: processor time per call, failures, retransmissions, RTP.

Starts sipp as caller (and as callee where a call is bridged) and the RTP far end `rtp-peer`, makes a bounded number of
calls, and reads the server's processor time from /proc before and after. Prints one line per test; --json appends all
figures to a file. The exit status is 1 when a call failed. Ends what it started, nothing else. Not for real networks:
all addresses are 127.0.0.1.
"""
import argparse
import csv
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TICKS = os.sysconf("SC_CLK_TCK")
HOST = "127.0.0.1"

# Test: number dialled, scenario of the caller, pause of the caller in ms, default calls per second, default calls,
# words for the caller's RTP peer (None: no RTP is counted), seconds one call takes.
TESTS = {
    "answer": ("1000", "server-hangs-up.xml", 0, 100, 1000, None, 1),
    "caller-bye": ("1001", "caller-hangs-up.xml", 0, 100, 1000, None, 1),
    "ivr": ("2000", "server-hangs-up.xml", 0, 20, 200, ["digit", "1", "2800"], 6),
    "bridge": ("3000", "bridge-caller.xml", 5000, 10, 100, ["talk", "5"], 6),
    "long-prompt": ("4000", "server-hangs-up.xml", 0, 10, 100, [], 21),
}


def arguments():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="tests:\n"
        "  answer       1000: the server answers and hangs up; signalling alone\n"
        "  caller-bye   1001: the server answers, the caller hangs up\n"
        "  ivr          2000: a prompt, an RFC 4733 digit from the caller, a second prompt\n"
        "  bridge       3000: the call is bridged to a callee on port 5090, both talk for 5 s (needs root: sipp\n"
        "               sends the first RTP packet through a raw socket)\n"
        "  long-prompt  4000: a prompt of 20 s\n"
        "  all          all of them",
    )
    parser.add_argument("test", choices=[*TESTS, "all"], nargs="+")
    parser.add_argument("--pid", type=int, required=True, help="the server's process id")
    parser.add_argument("--server", default=f"{HOST}:5060", help="where it takes SIP (default: %(default)s)")
    parser.add_argument("--rate", type=float, help="calls per second (default: by test)")
    parser.add_argument("--calls", type=int, help="calls in all (default: by test)")
    parser.add_argument("--runs", type=int, default=1, help="repeat each test (default: %(default)s)")
    parser.add_argument("--cpu", help="keep the load on these processors, as in taskset -c")
    parser.add_argument("--sip-port", type=int, default=5070, help="the caller's port (default: %(default)s)")
    parser.add_argument("--callee-port", type=int, default=5090, help="the callee's port (default: %(default)s)")
    parser.add_argument("--rtp-port", type=int, default=6000,
                        help="the caller's RTP port, the callee's is 10 above (default: %(default)s)")
    parser.add_argument("--rtp-peer", default=os.path.join(HERE, "../../target/release/examples/rtp-peer"),
                        help="the built example (default: %(default)s)")
    parser.add_argument("--json", help="append one JSON line per test to this file")
    return parser.parse_args()


def server_time(pid):
    """Processor time (seconds: user, system) and memory (KiB) of a process."""
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    with open(f"/proc/{pid}/status") as status:
        resident = next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
    return int(fields[11]) / TICKS, int(fields[12]) / TICKS, resident


def write_first_packet(path, port):
    """A capture file with one RTP packet of silence, for sipp's play_pcap_audio."""
    rtp = struct.pack(">BBHII", 0x80, 0x80, 1, 160, 0x10AD) + b"\xff" * 160
    udp = struct.pack(">HHHH", port, port, 8 + len(rtp), 0) + rtp
    local = bytes([127, 0, 0, 1])
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0) + local + local + udp
    frame = bytes(12) + b"\x08\x00" + ip
    with open(path, "wb") as capture:
        capture.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        capture.write(struct.pack("<IIII", 0, 0, len(frame), len(frame)) + frame)


class Run:
    """What one test starts; leaving it ends all of that."""

    def __init__(self, cpu):
        self.folder = tempfile.mkdtemp(prefix="load-")
        self.before = ["taskset", "-c", cpu] if cpu else []
        self.started = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.started:
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(5)
                except subprocess.TimeoutExpired:
                    process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, command, output, **more):
        with open(os.path.join(self.folder, output), "w") as out:
            process = subprocess.Popen(self.before + command, cwd=self.folder, stdout=out,
                                       stderr=subprocess.STDOUT, **more)
        self.started.append(process)
        return process

    def sipp(self, scenario, port, rtp_port, output, words):
        # sipp takes the port of -mp for itself; the scenarios name the one 4 above, which is our RTP peer's.
        command = ["sipp", "-sf", os.path.join(HERE, scenario), "-i", HOST, "-mi", HOST, "-p", str(port), "-mp",
                   str(rtp_port - 4), "-nostdin", "-buff_size", "4194304",
                   "-watchdog_interval", "0", *words]
        return self.start(command, output, stdin=subprocess.DEVNULL)

    def peer(self, program, port, seconds, words):
        return self.start([program, str(port), str(seconds), *words], f"rtp-{port}.json", stdin=subprocess.PIPE)

    def finish_peer(self, process, port):
        process.stdin.close()
        process.wait(10)
        with open(os.path.join(self.folder, f"rtp-{port}.json")) as said:
            return json.load(said)


def one(test, options):
    number, scenario, pause_ms, rate, calls, peer_words, call_seconds = TESTS[test]
    rate, calls = options.rate or rate, options.calls or calls
    limit_s = int(calls / rate + 3 * call_seconds + 60)
    bridged = test == "bridge"
    program = os.path.abspath(options.rtp_peer)
    with Run(options.cpu) as run:
        peers = {}
        if peer_words is not None:
            peers["caller"] = (run.peer(program, options.rtp_port, limit_s, peer_words), options.rtp_port)
        if bridged:
            callee_rtp = options.rtp_port + 10
            peers["callee"] = (run.peer(program, callee_rtp, limit_s, peer_words), callee_rtp)
            write_first_packet(os.path.join(run.folder, "first-packet.pcap"), options.rtp_port)
            run.sipp("bridge-callee.xml", options.callee_port, callee_rtp, "callee.out", ["-timeout", f"{limit_s}s"])
        time.sleep(0.5)
        began, before = time.time(), server_time(options.pid)
        caller = run.sipp(scenario, options.sip_port, options.rtp_port, "caller.out",
                          [options.server, "-s", number, "-r", f"{max(rate, 1):.0f}", "-m", str(calls), "-d", str(pause_ms),
                           "-timeout", f"{limit_s}s", "-trace_stat", "-stf", "stat.csv", "-fd", "1", "-trace_err",
                           "-error_file", "errors.log"])
        peak = before[2]
        while caller.poll() is None:
            time.sleep(0.2)
            peak = max(peak, server_time(options.pid)[2])
        took = time.time() - began
        time.sleep(1)
        after = server_time(options.pid)
        result = {"test": test, "rate": rate, "seconds": round(took, 2)}
        result |= figures(run, calls)
        user, system = after[0] - before[0], after[1] - before[1]
        result |= {"cpu_s": round(user + system, 2), "cpu_user_s": round(user, 2), "cpu_system_s": round(system, 2),
                   "cpu_ms_per_call": round(1000 * (user + system) / max(1, result["calls"]), 3),
                   "memory_mib": [kib // 1024 for kib in (before[2], peak, after[2])]}
        for name, (process, port) in peers.items():
            result[f"rtp_{name}"] = run.finish_peer(process, port)
    return result


def figures(run, wanted):
    """Calls, failures and retransmissions as sipp counted them."""
    path = os.path.join(run.folder, "stat.csv")
    if not os.path.exists(path):
        with open(os.path.join(run.folder, "caller.out")) as said:
            raise SystemExit(f"sipp did not start:\n{said.read()[-2000:]}")
    with open(path) as stat:
        last = list(csv.DictReader(stat, delimiter=";"))[-1]
    whole = lambda key: int(float(last.get(key) or 0))
    made = whole("TotalCallCreated")
    result = {"calls": made, "failed": whole("FailedCall(C)") + wanted - made,
              "retransmissions": whole("Retransmissions(C)")}
    errors = os.path.join(run.folder, "errors.log")
    if result["failed"] and os.path.exists(errors):
        with open(errors) as said:
            result["first_error"] = said.read(600)
    return result


def main():
    options = arguments()
    for tool in ["sipp", *(["taskset"] if options.cpu else [])]:
        if not shutil.which(tool):
            raise SystemExit(f"{tool} is not installed")
    tests = list(TESTS) if "all" in options.test else options.test
    if not os.path.exists(options.rtp_peer) and any(TESTS[test][5] is not None for test in tests):
        raise SystemExit("build the RTP peer: cargo build --release -p telephony --example rtp-peer")
    failed = 0
    for test in tests:
        for _ in range(options.runs):
            result = one(test, options)
            failed += result["failed"]
            print(f"{test:12} {result['calls']} calls, {result['failed']} failed, {result['retransmissions']} "
                  f"retransmissions, {result['cpu_ms_per_call']} ms of processor time per call "
                  f"({result['cpu_user_s']} s user, {result['cpu_system_s']} s system), "
                  f"memory {' '.join(map(str, result['memory_mib']))} MiB", flush=True)
            for name in ("rtp_caller", "rtp_callee"):
                if name in result:
                    print(f"             {name}: {result[name]}", flush=True)
            if "first_error" in result:
                print(result["first_error"], file=sys.stderr)
            if options.json:
                with open(options.json, "a") as out:
                    out.write(json.dumps(result) + "\n")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
