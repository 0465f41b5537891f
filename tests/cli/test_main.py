"""The command's frame: what is typed wrong is answered in one line."""

import pytest

from ius_vision.cli.main import COMMANDS, main


@pytest.mark.parametrize(
    "words", [["score"], ["analyze"], ["no_such_command"], ["score", "--bwt-mm", "4", "--x"]]
)
def test_wrong_usage_is_one_line_and_exit_code_2(words, capsys):
    with pytest.raises(SystemExit) as stop:
        main(words)
    printed = capsys.readouterr()
    assert stop.value.code == 2
    assert printed.out == ""
    assert printed.err.startswith("ius-vision")
    assert printed.err.count("\n") == 1
    assert "--help" in printed.err


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_every_command_ends_with_examples_of_it(command, capsys):
    with pytest.raises(SystemExit) as stop:
        main([command, "--help"])
    assert stop.value.code == 0
    _, _, shown = capsys.readouterr().out.partition("\nexamples:\n")
    lines = shown.splitlines()
    assert lines
    assert all(line.startswith(f"  ius-vision {command} ") for line in lines)
