"""Parameters of smoke that no cell with the tag ``parameters`` assigns."""

from tests.support.checked import KAGGLE, PATH, check, found, notebook

SMOKE = "\n[tool.nbship.smoke]\nparameters = { COUNT = 1 }"


def test_a_line_of_r_assigns_a_parameter() -> None:
    cell = '# %% tags=["parameters"]\nEPOCHS <- 10'
    wrong = notebook(cell, toml=KAGGLE + SMOKE.replace("COUNT", "EPOCH"))
    assert (
        found({"src_py/a.R": notebook(cell, toml=KAGGLE + SMOKE.replace("COUNT", "EPOCHS"))}) == []
    )
    assert [line.split()[1] for line in found({"src_py/a.R": wrong})] == ["unknown-parameter"]


def test_each_unknown_parameter_is_reported_with_the_nearest_known_one() -> None:
    toml = KAGGLE + "\n[tool.nbship.smoke]\nparameters = { CUONT = 1, COUNT = 1, RATF = 1 }"
    text = notebook(
        '# %% tags=["parameters"]\nCOUNT = 1', '# %% tags=["parameters"]\nRATE = 1', toml=toml
    )
    assert [(str(f.place), f.message, f.hints) for f in check(text)] == [
        (f"{PATH}:7:18", "unknown parameter 'CUONT'; did you mean 'COUNT'?", ()),
        (f"{PATH}:7:40", "unknown parameter 'RATF'; did you mean 'RATE'?", ()),
    ]


def test_without_a_cell_of_parameters_there_is_one_finding() -> None:
    words = '\nkeywords = ["COUNT"]'
    toml = KAGGLE + words + "\n[tool.nbship.smoke]\nparameters = { COUNT = 1, RATE = 1 }"
    for cell in ("# %%\nCOUNT = 1", '# %% tags=["parameters"]\nprint()'):
        (finding,) = check(notebook(cell, toml=toml))
        assert str(finding.place) == f"{PATH}:8:18"
        assert finding.message == (
            "parameter 'COUNT' is given, but the notebook has no cell tagged 'parameters'"
        )
        assert finding.hints == (
            'Tag the cell that assigns the parameters: # %% tags=["parameters"]',
        )


def test_a_cell_that_cannot_be_read_may_assign_them() -> None:
    assert found(notebook("# %%\nprint((", toml=KAGGLE + SMOKE)) == [f"{PATH}:11:7 not-python"]
