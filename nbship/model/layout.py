"""The layout of a workspace: the name of each folder, and the path of each file.

All paths are relative to the workspace's root and have forward slashes, as messages show them.
"""

from dataclasses import dataclass

from nbship.digest import sha256

STATE = ".nbship"
NOTEBOOK_SUFFIX = ".ipynb"

EXECUTED = "executed.ipynb"  # in the folder of a rehearsal: the notebook with its outputs
LOG = "log.txt"  # beside it: the whole output
WHOLE = "whole.txt"  # beside it: a token, once the rehearsal has passed

ASSETS = ".assets"  # the ending of the folder with a source's pictures
ATTACHMENT = "attachment:"  # before the name of a picture, where Markdown shows it
_UNTOLD = "%any"  # no flat name: there, "%" is followed by "2" or "sha256"
_LONGEST_LOCK = 200  # bytes: file systems take 255, and an ending is added
_SUFFIXES = (".ipynb", ".py", ".R", ".r")  # of the files of a notebook


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths of a workspace's files and folders; each default is that of a key.

    The keys are those of ``[tool.nbship]`` in pyproject.toml, and ``state`` has none.
    """

    sources: str = "src_py"
    notebooks: str = "notebooks"
    build: str = "build"
    runs: str = "runs"
    state: str = STATE

    def source(self, name: str, suffix: str = ".py") -> str:
        """Return the path of a notebook's source."""
        return f"{self.sources}/{name}{suffix}"

    def name_of(self, source: str) -> str:
        """Return the NAME of the notebook in ``src_py/NAME.py`` or ``src_py/NAME.R``."""
        return source.removeprefix(f"{self.sources}/").rpartition(".")[0]

    def name_in(self, word: str) -> str:
        """Return the name of a notebook in a word: its name, or the path of one of its files."""
        for folder in (self.sources, self.notebooks):
            word = word.removeprefix(f"{folder}/")
        for suffix in _SUFFIXES:
            word = word.removesuffix(suffix)
        return word

    def notebook(self, name: str) -> str:
        """Return the path of the paired .ipynb."""
        return f"{self.notebooks}/{name}{NOTEBOOK_SUFFIX}"

    def artifact(self, name: str) -> str:
        """Return the folder of an artifact."""
        return f"{self.build}/{name}"

    def manifest(self, name: str) -> str:
        """Return the path of the build manifest of an artifact."""
        return f"{self.state}/build/{name}.json"

    @property
    def verdicts(self) -> str:
        """The folder of the results of rehearsals: those of several machines are a union of it."""
        return f"{self.state}/smoked"

    def smoke_result(self, name: str, target: str = "") -> str:
        """Return the path of the latest rehearsal that passed; with a target, of one for it."""
        place = f"{self.state}/smoked-for/{target}" if target else self.verdicts
        return f"{place}/{name}.json"

    def failed_rehearsal(self, name: str) -> str:
        """Return the path of the latest rehearsal, where it has failed."""
        return f"{self.verdicts}/{name}.failed"

    def rehearsal(self, name: str) -> str:
        """Return the folder in which a notebook is rehearsed."""
        return f"{self.rehearsals}/{name}"

    @property
    def rehearsals(self) -> str:
        """The folder of all rehearsals, which can be made again."""
        return f"{self.state}/smoke"

    def edited(self, name: str, number: int) -> str:
        """Return the folder of a kernel that an editor starts for a notebook.

        The name is "" where the editor does not tell the notebook. Kernels that run at the same
        time have different numbers, from 1.
        """
        return f"{self.state}/edited/{_flat(name) if name else _UNTOLD}/{number}"

    def rehearsed_outputs(self, name: str) -> str:
        """Return the path of the mark that the folder of the last rehearsal has whole outputs."""
        return f"{self.verdicts}/{name}.outputs"

    def upstream(self, name: str) -> str:
        """Return the folder with what a notebook's rehearsal has of the notebooks upstream."""
        return f"{self.state}/upstream/{name}"

    def executed(self, name: str, *, is_script: bool) -> str:
        """Return the path of what a rehearsal has run, with its output; of a script, the output."""
        return f"{self.rehearsal(name)}/{LOG if is_script else EXECUTED}"

    def sync_state(self, name: str) -> str:
        """Return the path of the state that the last sync of a pair saved."""
        return f"{self.state}/sync/{name}.json"

    def kept_notebook(self, name: str) -> str:
        """Return the path of the copy that a sync keeps of a notebook before it drops cells."""
        return f"{self.state}/sync/{name}.ipynb"

    def seen_notebook(self, name: str) -> str:
        """Return the path of the copy of a notebook with the outputs that git's filter removed."""
        return f"{self.state}/outputs/{name}.ipynb"

    def merge(self, name: str) -> str:
        """Return the folder in which git merges the two sides of a pair."""
        return f"{self.state}/merge/{_flat(name)}"

    def rescue(self, name: str) -> str:
        """Return the folder with both sides of the last rescue of a notebook."""
        return f"{self.state}/rescue/{_flat(name)}"

    def merged_version(self, name: str) -> str:
        """Return the path of the note of which version a rescue has merged last."""
        return f"{self.state}/rescue/{_flat(name)}.json"

    def lock(self, verb: str, name: str) -> str:
        """Return the path of a lock. Two names or two verbs never share one."""
        return f"{self.state}/locks/{_flat(name)}.{verb}"

    def run_folder(self, day: str, name: str, version: int | None) -> str:
        """Return the folder of a run's outputs; ``a/b`` and ``a.b`` give the same folder.

        Before writing into it, the caller checks whose record is in the folder.
        """
        return f"{self.runs}/{day}/{name.replace('/', '.')}-v{version}"

    @property
    def journal(self) -> str:
        """The path of the journal of pushes."""
        return f"{self.runs}/journal.jsonl"

    @property
    def adoption(self) -> str:
        """The folder with what the last adoption has changed, so that it can be undone."""
        return f"{self.state}/adopt"

    @property
    def begun_adoption(self) -> str:
        """The path of the journal of an adoption that has not ended."""
        return f"{self.adoption}/applying.json"

    @property
    def made_adoption(self) -> str:
        """The path of the journal of the last adoption, so that it can be undone."""
        return f"{self.adoption}/made.json"

    @property
    def irreplaceable(self) -> tuple[str, ...]:
        """Patterns of the files in the state that no command can make again."""
        return (f"{self.state}/outputs/**/*.ipynb", f"{self.state}/sync/**/*.ipynb",
                f"{self.state}/rescue/*", f"{self.state}/local/*",
                f"{self.state}/edited/*/*/kaggle/working/*")  # fmt: skip

    @property
    def cache(self) -> str:
        """The folder of caches that outlive a rehearsal."""
        return f"{self.state}/cache"

    @property
    def environments(self) -> str:
        """The folder of the environments that uv has made for rehearsals."""
        return f"{self.cache}/environments"

    @property
    def font_cache(self) -> str:
        """The folder with matplotlib's list of fonts."""
        return f"{self.cache}/matplotlib"

    @property
    def zygotes(self) -> str:
        """The folder of what runs to fork kernels."""
        return f"{self.cache}/zygotes"

    @property
    def sandbox(self) -> str:
        """The path of the note that the sandbox works on this machine."""
        return f"{self.cache}/sandbox.json"

    @property
    def stat_cache(self) -> str:
        """The path of the cache of facts about files."""
        return f"{self.state}/memory.json"

    @property
    def doit_database(self) -> str:
        """The path of doit's own database."""
        return f"{self.state}/doit.json"

    @property
    def local_kaggle(self) -> str:
        """The folder with the state of the local Kaggle."""
        return f"{self.state}/local"

    @property
    def local_secrets(self) -> str:
        """The path of the values of secrets, for the local Kaggle and for rehearsals."""
        return f"{self.local_kaggle}/secrets.json"

    @property
    def local_kaggle_log(self) -> str:
        """The path of the log of a local Kaggle that a command started."""
        return f"{self.state}/local.log"


def assets_of(source: str) -> str:
    """Return the folder with the pictures of a source, beside it: ``src_py/NAME.assets``."""
    folder, _, file = source.rpartition("/")
    return f"{folder}/{file.rpartition('.')[0]}{ASSETS}"


def _flat(name: str) -> str:
    """Return a name as one part of a path; different names never become the same part."""
    flat = name.replace("%", "%25").replace("/", "%2F")
    if flat in {".", ".."}:  # a folder that is there already
        flat = flat.replace(".", "%2E")
    # A name of a file that is not UTF-8 has halves of surrogate pairs; the caller refuses it later.
    if len(flat.encode(errors="surrogatepass")) <= _LONGEST_LOCK:
        return flat
    digest = sha256(name.encode(errors="surrogatepass"))
    return f"%sha256-{digest}"  # in a short name, every "%" is followed by "2"
