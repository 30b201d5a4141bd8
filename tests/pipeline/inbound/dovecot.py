"""A real IMAP server (Dovecot) over a folder of the test, with one account."""

import grp
import os
import pwd
import shutil
import socket
import ssl
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

import trustme

DOVECOT = shutil.which("dovecot") or shutil.which("/usr/sbin/dovecot")

_CONFIGURATION = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{folder}/certificate.pem
ssl_key = <{folder}/key.pem
disable_plaintext_auth = no
first_valid_uid = 0
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {login}
mail_location = maildir:{folder}/mail
passdb {{
  driver = static
  args = password=secret
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
  }}
}}
service anvil {{
  chroot =
}}
"""


@dataclass(frozen=True, slots=True)
class Server:
    """Where it answers: in clear or by STARTTLS on `port`, by TLS on `tls_port`.

    `trust` is a context that trusts its certificate.
    """

    port: int
    tls_port: int
    trust: ssl.SSLContext


@contextmanager
def dovecot() -> Iterator[Server]:
    """A server that runs as long as the context."""
    # Not in pytest's folder, which the server's own users may not enter.
    with tempfile.TemporaryDirectory(prefix="dovecot-", ignore_cleanup_errors=True) as folder:
        yield from _serving(Path(folder))


def _serving(folder: Path) -> Iterator[Server]:
    assert DOVECOT is not None
    port, tls_port = _free_ports()
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    certificate.private_key_pem.write_to_path(str(folder / "key.pem"))
    certificate.cert_chain_pems[0].write_to_path(str(folder / "certificate.pem"))
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    uid, gid = os.getuid(), os.getgid()
    me, mine = pwd.getpwuid(uid).pw_name, grp.getgrgid(gid).gr_name
    root = uid == 0
    for name in ("run", "state", "mail"):
        (folder / name).mkdir()
    owner = pwd.getpwnam("mail") if root else pwd.getpwuid(uid)
    os.chown(folder / "mail", owner.pw_uid, owner.pw_gid)
    folder.chmod(0o755)
    path = folder / "dovecot.conf"
    path.write_text(
        _CONFIGURATION.format(
            folder=folder, port=port, tls_port=tls_port, uid=owner.pw_uid, gid=owner.pw_gid,
            user="dovecot" if root else me, group="dovecot" if root else mine,
            login="dovenull" if root else me,
        )
    )  # fmt: skip
    server = subprocess.Popen([DOVECOT, "-F", "-c", str(path)], stderr=subprocess.DEVNULL)
    try:
        end = monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                log = (folder / "log").read_text() if (folder / "log").exists() else ""
                assert server.poll() is None, f"dovecot ended: {log}"
                assert monotonic() < end, f"dovecot does not answer: {log}"
                sleep(0.05)
        yield Server(port, tls_port, trust)
    finally:
        server.terminate()
        server.wait(10)


def _free_ports() -> tuple[int, int]:
    with (
        socket.create_server(("127.0.0.1", 0)) as one,
        socket.create_server(("127.0.0.1", 0)) as two,
    ):
        return one.getsockname()[1], two.getsockname()[1]
