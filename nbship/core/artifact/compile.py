"""The compilation of a source: text and modules → artifact, without a disk."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from nbship.core.artifact import script as scripts
from nbship.core.artifact.assemble import make_artifact
from nbship.core.artifact.collected import Collect, digest_of, nothing
from nbship.core.artifact.declared import Declared, declared
from nbship.core.artifact.edited import source_parts
from nbship.core.artifact.imports import Find, Reach, reach_modules
from nbship.core.artifact.pictures import with_pictures
from nbship.core.metadata.script_block import Header, read_header
from nbship.core.metadata.spec import parse_spec
from nbship.core.source.conflict_markers import conflict_first
from nbship.core.source.language import R, language_of, refuse_other_kernelspec
from nbship.core.source.reader import read_notebook, refuse_accidental_commands
from nbship.digest import sha256
from nbship.model.notebook import Artifact, Notebook
from nbship.model.spec import Spec
from nbship.model.workspace import Source


@dataclass(frozen=True, slots=True)
class Compiled:
    """An artifact that is not yet on the disk, and what it was made from."""

    artifact: Artifact
    spec: Spec
    inputs: Mapping[str, str]  # path relative to the workspace → sha256 of its text
    absent: tuple[str, ...]  # import names that are not local
    data: Mapping[str, str] = field(default_factory=dict)  # path → digest of each file
    patterns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # → the paths that fit
    parts: Mapping[str, str] = field(default_factory=dict)  # the digests of the source's parts


def compile_notebook(
    name: str, source: Source, find: Find, collect: Collect = nothing, *, sources: str
) -> Compiled:
    """Return the artifact of a source.

    ``find`` returns the local module of an import name, or None if the name is not local;
    ``collect`` returns the files that fit a pattern; ``sources`` is the folder of the sources.

    Raises:
        SourceError: the source, its header or a module is wrong; names the line.
    """
    with conflict_first(source):
        header = read_header(source)
        spec = parse_spec(header)
        notebook = _runnable(_without_header(read_notebook(name, source), header), source, spec)
        illustrated = with_pictures(notebook, collect)
        notebook = illustrated.notebook
        named = Declared()
        if spec.bundle:
            named = declared(header, spec.bundle, collect, sources=sources)
        reach = _reach(notebook, find, named, sources)
    files = named.files if spec.bundle else None
    # The digests are of the texts that were read: an editor may save the files meanwhile.
    inputs = {source.path: sha256(source.text.encode())} | {
        f"{sources}/{module.path}": sha256(module.text.encode()) for module in reach.modules
    }
    return Compiled(
        make_artifact(notebook, reach.modules, spec, files, named.programs, sources=sources),
        spec,
        inputs,
        reach.absent,
        data={**illustrated.data, **_digests(named, sources)},
        patterns={**illustrated.patterns, **named.patterns},
        parts=source_parts(source, header),
    )


def _digests(named: Declared, sources: str) -> dict[str, str]:
    """Return the digest of each file that a header names, modules included."""
    contents = {file.path: file.data for file in named.files}
    contents |= {f"{sources}/{module.path}": module.text.encode() for module in named.modules}
    return {
        path: digest_of(sha256(data), is_program=path in named.programs)
        for path, data in contents.items()
    }


def _runnable(notebook: Notebook, source: Source, spec: Spec) -> Notebook:
    """Return the notebook as it runs on Kaggle: its cells, or the whole text of a script."""
    refuse_other_kernelspec(source.path, notebook.kernelspec)
    if spec.kaggle and spec.kaggle.kernel_type == "script":
        return scripts.as_script(notebook, source)
    if language_of(source.path) == R:
        scripts.refuse_comment_magics(source)
    else:
        refuse_accidental_commands(source)
    return notebook


def _reach(notebook: Notebook, find: Find, named: Declared, sources: str) -> Reach:
    """Return the modules that a notebook imports or names; none for R, which is never bundled."""
    if language_of(notebook.path) == R:
        return Reach((), ())
    reach = reach_modules(notebook, find, named.imports, sources=sources)
    modules = {module.path: module for module in (*reach.modules, *named.modules)}
    return replace(reach, modules=tuple(modules[path] for path in sorted(modules)))


def _without_header(notebook: Notebook, header: Header) -> Notebook:
    """Remove the header cell: it is for nbship, uv and readers of the source."""
    if header.first is None:
        return notebook
    return replace(notebook, cells=notebook.cells[1:])  # read_header checks that it is the first
