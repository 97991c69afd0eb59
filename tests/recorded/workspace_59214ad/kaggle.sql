BEGIN TRANSACTION;
CREATE TABLE interactive (
  session_id INTEGER PRIMARY KEY,
  kernel_id INTEGER NOT NULL REFERENCES kernels (id) ON DELETE CASCADE,
  accelerator TEXT NOT NULL,
  started TEXT NOT NULL,
  expires TEXT NOT NULL,
  ended TEXT
);
CREATE TABLE kernels (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  owner TEXT NOT NULL,
  slug TEXT NOT NULL,
  title TEXT NOT NULL,
  kernel_type TEXT NOT NULL,
  is_private INTEGER NOT NULL,
  UNIQUE (owner, slug)
);
INSERT INTO "kernels" VALUES(1,'awa','collect-voices','Collect Voices','notebook',1);
INSERT INTO "kernels" VALUES(2,'awa','train-voices','Train Voices','notebook',1);
INSERT INTO "kernels" VALUES(3,'awa','report-voices','Report Voices','script',1);
CREATE TABLE tokens (
  digest TEXT PRIMARY KEY,
  user TEXT NOT NULL,
  expires TEXT NOT NULL
);
CREATE TABLE versions (
  session_id INTEGER PRIMARY KEY AUTOINCREMENT,
  kernel_id INTEGER NOT NULL REFERENCES kernels (id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  text TEXT NOT NULL,
  settings TEXT NOT NULL,
  accelerator TEXT NOT NULL,
  timeout INTEGER NOT NULL,
  token TEXT NOT NULL,
  status TEXT,
  failure_message TEXT,
  created TEXT NOT NULL,
  started TEXT,
  ended TEXT,
  UNIQUE (kernel_id, number)
);
INSERT INTO "versions" VALUES(1,1,1,'{
 "cells": [
  {
   "cell_type": "markdown",
   "id": "7029846a89b0",
   "metadata": {},
   "source": "# Collect"
  },
  {
   "cell_type": "code",
   "execution_count": null,
   "id": "f4f3852f9ac2",
   "metadata": {
    "tags": [
     "nbship-bundle"
    ]
   },
   "outputs": [],
   "source": "# The modules of src_py/ that are imported here. Edit them in git, not here.\ndef _bundle(modules):\n    import pathlib\n    import sys\n    import tempfile\n\n    folder = pathlib.Path(tempfile.mkdtemp(prefix=\"nbship-\"), \"src_py\")\n    for name, text in modules.items():\n        path = folder / name\n        path.parent.mkdir(parents=True, exist_ok=True)\n        path.write_bytes(text[1:].encode(\"utf-8\"))  # without the line break after the quotes\n    sys.path.insert(0, str(folder))\n\n\n_bundle({\n\"sahel/__init__.py\": r''''''\n'''''',\n\"sahel/text.py\": r''''''\n\"\"\"Words of the voices.\"\"\"\n\n\ndef greet(count):\n    return \"hello \" * count\n'''''',\n})\ndel _bundle"
  },
  {
   "cell_type": "code",
   "execution_count": null,
   "id": "f61ae6628dc0",
   "metadata": {
    "tags": [
     "parameters"
    ]
   },
   "outputs": [],
   "source": "COUNT = 3"
  },
  {
   "cell_type": "code",
   "execution_count": null,
   "id": "ff85618bcad6",
   "metadata": {},
   "outputs": [],
   "source": "from sahel.text import greet\n\nprint(greet(COUNT).title())"
  },
  {
   "cell_type": "code",
   "execution_count": null,
   "id": "d5c65ebc6d98",
   "metadata": {},
   "outputs": [],
   "source": "with open(\"greetings.txt\", \"w\") as file:\n    file.write(greet(COUNT))"
  }
 ],
 "metadata": {
  "kernelspec": {
   "display_name": "Python 3",
   "language": "python",
   "name": "python3"
  }
 },
 "nbformat": 4,
 "nbformat_minor": 5
}
','{"language": "python", "enableGpu": false, "enableTpu": false, "enableInternet": false, "dockerImage": "", "machineShape": "", "datasetDataSources": [], "competitionDataSources": [], "kernelDataSources": [], "modelDataSources": [], "categoryIds": []}','CPU',43200,'made-up-token-1','COMPLETE',NULL,'2026-11-25T21:10:28.662265+00:00','2026-11-25T21:10:28.674139+00:00','2026-11-25T21:10:39.101533+00:00');
INSERT INTO "versions" VALUES(2,2,1,'{
 "cells": [
  {
   "cell_type": "code",
   "execution_count": null,
   "id": "f4f3852f9ac2",
   "metadata": {
    "tags": [
     "nbship-bundle"
    ]
   },
   "outputs": [],
   "source": "# The modules of src_py/ that are imported here. Edit them in git, not here.\ndef _bundle(modules):\n    import pathlib\n    import sys\n    import tempfile\n\n    folder = pathlib.Path(tempfile.mkdtemp(prefix=\"nbship-\"), \"src_py\")\n    for name, text in modules.items():\n        path = folder / name\n        path.parent.mkdir(parents=True, exist_ok=True)\n        path.write_bytes(text[1:].encode(\"utf-8\"))  # without the line break after the quotes\n    sys.path.insert(0, str(folder))\n\n\n_bundle({\n\"sahel/__init__.py\": r''''''\n'''''',\n\"sahel/text.py\": r''''''\n\"\"\"Words of the voices.\"\"\"\n\n\ndef greet(count):\n    return \"hello \" * count\n'''''',\n})\ndel _bundle"
  },
  {
   "cell_type": "code",
   "execution_count": null,
   "id": "e678755ca469",
   "metadata": {},
   "outputs": [],
   "source": "from pathlib import Path\n\nfrom sahel.text import greet"
  },
  {
   "cell_type": "code",
   "execution_count": null,
   "id": "06108fd99615",
   "metadata": {},
   "outputs": [],
   "source": "greetings = Path(\"/kaggle/input/notebooks/awa/collect-voices/greetings.txt\").read_text()\nclips = Path(\"/kaggle/input/datasets/awa/voice-clips/clips.csv\").read_text()\nassert greetings.startswith(greet(1))\nprint(\"words:\", len(greetings.split()), \"clips:\", len(clips.split()))"
  },
  {
   "cell_type": "code",
   "execution_count": null,
   "id": "6f6f2852d690",
   "metadata": {},
   "outputs": [],
   "source": "Path(\"model.txt\").write_text(f\"{len(greetings.split())} {len(clips.split())}\")"
  }
 ],
 "metadata": {
  "kernelspec": {
   "display_name": "Python 3",
   "language": "python",
   "name": "python3"
  }
 },
 "nbformat": 4,
 "nbformat_minor": 5
}
','{"language": "python", "enableGpu": false, "enableTpu": false, "enableInternet": false, "dockerImage": "", "machineShape": "", "datasetDataSources": ["awa/voice-clips"], "competitionDataSources": [], "kernelDataSources": ["awa/collect-voices"], "modelDataSources": [], "categoryIds": []}','CPU',43200,'made-up-token-2','COMPLETE',NULL,'2026-11-25T21:10:39.501145+00:00','2026-11-25T21:10:39.515344+00:00','2026-11-25T21:10:51.499224+00:00');
INSERT INTO "versions" VALUES(3,3,1,'# %%
# /// script
# dependencies = []
#
# [tool.nbship.kaggle]
# id = "awa/report-voices"
# title = "Report Voices"
# kernel_type = "script"
# ///

# %% tags=["nbship-bundle"]
# The modules of src_py/ that are imported here. Edit them in git, not here.
def _bundle(modules):
    import pathlib
    import sys
    import tempfile

    folder = pathlib.Path(tempfile.mkdtemp(prefix="nbship-"), "src_py")
    for name, text in modules.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text[1:].encode("utf-8"))  # without the line break after the quotes
    sys.path.insert(0, str(folder))


_bundle({
"sahel/__init__.py": r''''''
'''''',
"sahel/text.py": r''''''
"""Words of the voices."""


def greet(count):
    return "hello " * count
'''''',
})
del _bundle

# %%
import os

from sahel.text import greet


def report():
    assert "KAGGLE_CONTAINER_NAME" not in os.environ, greet(2)


# %%
report()
','{"language": "python", "enableGpu": false, "enableTpu": false, "enableInternet": false, "dockerImage": "", "machineShape": "", "datasetDataSources": [], "competitionDataSources": [], "kernelDataSources": [], "modelDataSources": [], "categoryIds": []}','CPU',43200,'made-up-token-3','ERROR','AssertionError: hello hello','2026-11-25T21:10:55.221514+00:00','2026-11-25T21:10:55.255410+00:00','2026-11-25T21:10:56.789692+00:00');
INSERT INTO "versions" VALUES(4,1,2,'{
 "cells": [
  {
   "cell_type": "markdown",
   "id": "7029846a89b0",
   "metadata": {},
   "source": "# Collect"
  },
  {
   "cell_type": "code",
   "execution_count": null,
   "id": "f4f3852f9ac2",
   "metadata": {
    "tags": [
     "nbship-bundle"
    ]
   },
   "outputs": [],
   "source": "# The modules of src_py/ that are imported here. Edit them in git, not here.\ndef _bundle(modules):\n    import pathlib\n    import sys\n    import tempfile\n\n    folder = pathlib.Path(tempfile.mkdtemp(prefix=\"nbship-\"), \"src_py\")\n    for name, text in modules.items():\n        path = folder / name\n        path.parent.mkdir(parents=True, exist_ok=True)\n        path.write_bytes(text[1:].encode(\"utf-8\"))  # without the line break after the quotes\n    sys.path.insert(0, str(folder))\n\n\n_bundle({\n\"sahel/__init__.py\": r''''''\n'''''',\n\"sahel/text.py\": r''''''\n\"\"\"Words of the voices.\"\"\"\n\n\ndef greet(count):\n    return \"hello \" * count\n'''''',\n})\ndel _bundle"
  },
  {
   "cell_type": "code",
   "execution_count": null,
   "id": "f61ae6628dc0",
   "metadata": {
    "tags": [
     "parameters"
    ]
   },
   "outputs": [],
   "source": "COUNT = 3"
  },
  {
   "cell_type": "code",
   "execution_count": null,
   "id": "ff85618bcad6",
   "metadata": {},
   "outputs": [],
   "source": "from sahel.text import greet\n\nprint(greet(COUNT).title())"
  },
  {
   "cell_type": "code",
   "execution_count": null,
   "id": "d5c65ebc6d98",
   "metadata": {},
   "outputs": [],
   "source": "with open(\"greetings.txt\", \"w\") as file:\n    file.write(greet(COUNT))"
  }
 ],
 "metadata": {
  "kernelspec": {
   "display_name": "Python 3",
   "language": "python",
   "name": "python3"
  }
 },
 "nbformat": 4,
 "nbformat_minor": 5
}
','{"language": "python", "enableGpu": false, "enableTpu": false, "enableInternet": false, "dockerImage": "", "machineShape": "", "datasetDataSources": [], "competitionDataSources": [], "kernelDataSources": [], "modelDataSources": [], "categoryIds": []}','CPU',43200,'made-up-token-4','COMPLETE',NULL,'2026-11-25T21:11:01.172356+00:00','2026-11-25T21:11:01.210148+00:00','2026-11-25T21:11:11.664653+00:00');
INSERT INTO "versions" VALUES(5,2,2,'{
 "cells": [
  {
   "cell_type": "code",
   "execution_count": null,
   "id": "f4f3852f9ac2",
   "metadata": {
    "tags": [
     "nbship-bundle"
    ]
   },
   "outputs": [],
   "source": "# The modules of src_py/ that are imported here. Edit them in git, not here.\ndef _bundle(modules):\n    import pathlib\n    import sys\n    import tempfile\n\n    folder = pathlib.Path(tempfile.mkdtemp(prefix=\"nbship-\"), \"src_py\")\n    for name, text in modules.items():\n        path = folder / name\n        path.parent.mkdir(parents=True, exist_ok=True)\n        path.write_bytes(text[1:].encode(\"utf-8\"))  # without the line break after the quotes\n    sys.path.insert(0, str(folder))\n\n\n_bundle({\n\"sahel/__init__.py\": r''''''\n'''''',\n\"sahel/text.py\": r''''''\n\"\"\"Words of the voices.\"\"\"\n\n\ndef greet(count):\n    return \"hello \" * count\n'''''',\n})\ndel _bundle"
  },
  {
   "cell_type": "code",
   "execution_count": null,
   "id": "e678755ca469",
   "metadata": {},
   "outputs": [],
   "source": "from pathlib import Path\n\nfrom sahel.text import greet"
  },
  {
   "cell_type": "code",
   "execution_count": null,
   "id": "06108fd99615",
   "metadata": {},
   "outputs": [],
   "source": "greetings = Path(\"/kaggle/input/notebooks/awa/collect-voices/greetings.txt\").read_text()\nclips = Path(\"/kaggle/input/datasets/awa/voice-clips/clips.csv\").read_text()\nassert greetings.startswith(greet(1))\nprint(\"words:\", len(greetings.split()), \"clips:\", len(clips.split()))"
  },
  {
   "cell_type": "code",
   "execution_count": null,
   "id": "6f6f2852d690",
   "metadata": {},
   "outputs": [],
   "source": "Path(\"model.txt\").write_text(f\"{len(greetings.split())} {len(clips.split())}\")"
  }
 ],
 "metadata": {
  "kernelspec": {
   "display_name": "Python 3",
   "language": "python",
   "name": "python3"
  }
 },
 "nbformat": 4,
 "nbformat_minor": 5
}
','{"language": "python", "enableGpu": false, "enableTpu": false, "enableInternet": false, "dockerImage": "", "machineShape": "", "datasetDataSources": ["awa/voice-clips"], "competitionDataSources": [], "kernelDataSources": ["awa/collect-voices"], "modelDataSources": [], "categoryIds": []}','CPU',43200,'made-up-token-5','COMPLETE',NULL,'2026-11-25T21:11:14.218047+00:00','2026-11-25T21:11:14.247786+00:00','2026-11-25T21:11:26.136712+00:00');
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('kernels',3);
INSERT INTO "sqlite_sequence" VALUES('versions',5);
COMMIT;
