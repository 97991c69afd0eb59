"""A widget that catches the output of cells, without ipywidgets."""

# What ipywidgets sends for an Output widget: it catches the output of a cell until "msg_id" is "".
OUTPUT_WIDGET = """
import sys
from comm import create_comm
state = {"_model_module": "@jupyter-widgets/output", "_model_name": "OutputModel", "outputs": []}
widget = create_comm(target_name="jupyter.widget", data={"state": state})
cell = get_ipython().kernel.get_parent()["header"]["msg_id"]
def catch(cell):
    sys.stdout.flush()
    widget.send({"method": "update", "state": {"msg_id": cell}, "buffer_paths": []})
"""
# A cell in whose course nbclient often sends something while it waits for the answer.
CATCHES = OUTPUT_WIDGET + (
    "from IPython.display import clear_output\n"
    "for number in range(40):\n    catch(cell)\n    print(number)\n    display(number)\n"
    "    catch('')\n    catch(cell)\n    clear_output()\n    catch('')\n"
)
