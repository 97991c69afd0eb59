"""The doctor's line about the sandbox: a fix for each kind of machine."""

from dataclasses import replace

import pytest

from nbship.core.clone.sandbox import APPARMOR, Machine, about

DEBIAN = Machine("linux", "no", "/usr/bin/bwrap", distributions=("debian",))
FAILS = "bwrap: setting up uid map: Permission denied"
RESTRICTED = ((APPARMOR, "1"),)


def test_a_sandbox_that_works_is_named_by_its_program() -> None:
    line = about(replace(DEBIAN, reason=""))
    assert (line.severity, line.code, line.message, line.hints) == (
        "ok", "sandbox", "/usr/bin/bwrap", (),
    )  # fmt: skip


def test_a_machine_without_a_sandbox_is_no_error_and_hears_why() -> None:
    line = about(replace(DEBIAN, reason=FAILS))
    assert line.severity == "note"
    assert line.message == f"rehearsals only translate paths: {FAILS}"


@pytest.mark.parametrize(
    ("machine", "fix"),
    [
        (replace(DEBIAN, reason="NBSHIP_SANDBOX=off", switch="NBSHIP_SANDBOX=off"),
         "unset NBSHIP_SANDBOX"),
        (Machine("darwin", "bubblewrap needs Linux"), "virtual machine with Linux"),
        (Machine("win32", "bubblewrap needs Linux"), "virtual machine with Linux"),
        (Machine("linux", FAILS, is_wsl1=True), "wsl --set-version"),
        (Machine("linux", "none", distributions=("debian",)), "sudo apt-get install bubblewrap"),
        (Machine("linux", "none", distributions=("mint", "ubuntu", "debian")),
         "sudo apt-get install bubblewrap"),
        (Machine("linux", "none", distributions=("rocky", "rhel", "fedora")),
         "sudo dnf install bubblewrap"),
        (Machine("linux", "none", distributions=("manjaro", "arch")),
         "sudo pacman -S bubblewrap"),
        (Machine("linux", "none", distributions=("gentoo",)), "Install bubblewrap with"),
        (Machine("linux", "none", is_container=True, distributions=("debian",)),
         "sudo apt-get install bubblewrap"),
        (replace(DEBIAN, settings=(("user.max_user_namespaces", "0"),)),
         "sudo sysctl -w user.max_user_namespaces=15000"),
        (replace(DEBIAN, settings=(("kernel.unprivileged_userns_clone", "0"),)),
         "sudo sysctl -w kernel.unprivileged_userns_clone=1"),
        (replace(DEBIAN, is_container=True), "--security-opt systempaths=unconfined"),
        (replace(DEBIAN, distributions=("ubuntu", "debian"), settings=RESTRICTED),
         "sudo apparmor_parser -r /etc/apparmor.d/bwrap-userns-restrict"),
        # The profile is for one path only.
        (replace(DEBIAN, distributions=("ubuntu",), bwrap="/opt/bwrap", settings=RESTRICTED),
         "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"),
        (replace(DEBIAN, settings=RESTRICTED),
         "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"),
        (replace(DEBIAN, settings=((APPARMOR, "0"), ("user.max_user_namespaces", "9"))),
         "/usr/bin/bwrap --unshare-user --unshare-pid"),
    ],
)  # fmt: skip
def test_each_kind_of_machine_has_its_fix(machine: Machine, fix: str) -> None:
    (hint,) = about(machine).hints
    assert fix in hint
