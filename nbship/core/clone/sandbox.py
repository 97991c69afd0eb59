"""The sandbox of rehearsals on this machine: whether it works, and the exact fix if it does not.

Sources of the facts: https://github.com/containers/bubblewrap/issues/632 (Ubuntu 24.04's AppArmor),
https://github.com/actions/runner-images/issues/10443 (GitHub's runners are such machines).
"""

from dataclasses import dataclass

from nbship.diagnostics import NOWHERE, Diagnostic

TOPIC = "sandbox"
_INSTALL = {  # by the ID of /etc/os-release, and by those in its ID_LIKE
    "alpine": "apk add bubblewrap",
    "arch": "pacman -S bubblewrap",
    "debian": "apt-get install bubblewrap",
    "fedora": "dnf install bubblewrap",
    "opensuse": "zypper install bubblewrap",
    "rhel": "dnf install bubblewrap",
    "suse": "zypper install bubblewrap",
    "ubuntu": "apt-get install bubblewrap",
}
_SETTINGS = {  # what keeps users from making namespaces: the setting, the value, and a better one
    "kernel.unprivileged_userns_clone": ("0", "1"),
    "user.max_user_namespaces": ("0", "15000"),
}
APPARMOR = "kernel.apparmor_restrict_unprivileged_userns"
_PROFILE = "bwrap-userns-restrict"
_LOAD_PROFILE = (
    "sudo apt-get install apparmor-profiles && "
    f"sudo cp /usr/share/apparmor/extra-profiles/{_PROFILE} /etc/apparmor.d/ && "
    f"sudo apparmor_parser -r /etc/apparmor.d/{_PROFILE}"
)
_CONTAINER = (
    "Start the container with --security-opt seccomp=unconfined --security-opt "
    "apparmor=unconfined --security-opt systempaths=unconfined"
)
_NO_LINUX = (
    "Rehearse in a virtual machine with Linux, or in the workflow of 'nbship init --ci github'."
)
_TRIAL = "--unshare-user --unshare-pid --ro-bind / / --proc /proc true"
SETTINGS = (*_SETTINGS, APPARMOR)  # the settings of the kernel that decide


@dataclass(frozen=True, slots=True)
class Machine:
    """The facts that decide whether bubblewrap works; ``settings`` are the kernel's, by name.

    ``reason`` says why it does not, "" if it does; ``bwrap`` is its path, "" if there is none.
    """

    system: str  # as sys.platform
    reason: str
    bwrap: str = ""
    switch: str = ""  # the variable that turns the sandbox off, with its value
    distributions: tuple[str, ...] = ()  # the ID of /etc/os-release, and those that it is like
    is_container: bool = False
    is_wsl1: bool = False
    settings: tuple[tuple[str, str], ...] = ()


def about(machine: Machine) -> Diagnostic:
    """Return the doctor's line: a note if there is no sandbox, for the shim rehearses too."""
    if not machine.reason:
        return Diagnostic(NOWHERE, TOPIC, machine.bwrap, severity="ok")
    text = f"rehearsals only translate paths: {machine.reason}"
    return Diagnostic(NOWHERE, TOPIC, text, hints=(_fix(machine),), severity="note")


def _fix(machine: Machine) -> str:
    if machine.switch:
        return f"unset {machine.switch.partition('=')[0]}"
    if machine.system != "linux":
        return _NO_LINUX
    if machine.is_wsl1:
        return "WSL 1 has no namespaces. In Windows: wsl --set-version DISTRIBUTION 2"
    if not machine.bwrap:
        return _install(machine.distributions)
    return _allow(machine)


def _allow(machine: Machine) -> str:
    """Return how the machine lets bubblewrap, which is installed, make namespaces."""
    settings = dict(machine.settings)
    for name, (bad, good) in _SETTINGS.items():
        if settings.get(name) == bad:
            return f"sudo sysctl -w {name}={good}"
    if machine.is_container:
        return _CONTAINER
    if settings.get(APPARMOR) == "1":
        if "ubuntu" in machine.distributions and machine.bwrap == "/usr/bin/bwrap":
            return _LOAD_PROFILE
        return f"sudo sysctl -w {APPARMOR}=0"
    return f"See what it says: {machine.bwrap} {_TRIAL}"


def _install(distributions: tuple[str, ...]) -> str:
    for name in distributions:
        if command := _INSTALL.get(name):
            return f"sudo {command}"
    return "Install bubblewrap with the package manager of this machine."
