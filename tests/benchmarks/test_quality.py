"""The measuring bench: what it says where there is nothing to measure, and how peers are asked."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks import quality
from benchmarks.peers import load_rules, peers, plain
from faces.recognition.evaluation.effort import Method, user_effort
from tests.embeddings import made_up_people


@pytest.mark.parametrize("arguments", [["nowhere"], ["nowhere", "--peers", "nowhere"]])
def test_an_absent_folder_is_said_in_one_line(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert quality.main(arguments) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_an_absent_folder_of_peers_is_noticed_before_anything_is_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.savez(tmp_path / "a.npz", embedding=np.ones((1, 2)), identity=[1], photo=[1])
    assert quality.main([str(tmp_path), "--peers", str(tmp_path)]) == 2
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("model", ["dlib-resnet-128", "w600k-mbf-512"])
def test_every_method_clusters_classifies_and_goes_through_the_same_flow(
    shared: Path, model: str
) -> None:
    rows, people = made_up_people([8, 6, 5, 1, 1])
    embeddings, truth = rows.astype(np.float64) * 1.4, people + 1
    labels = np.where(np.arange(21) % 4 == 0, truth, 0)
    for peer in [*plain(model), *peers(load_rules(shared / "peers"), model)]:
        if peer.cluster is not None:
            assert peer.cluster(embeddings).shape == (21,)
        if peer.classify is not None:
            guesses, scores = peer.classify(embeddings, labels)
            assert np.isin(guesses[labels == 0], labels).all()
            assert ((scores >= 0) & (scores <= 1)).all()
        if peer.trainer is not None:
            asked = user_effort(Method(peer.trainer(embeddings)), truth)
            assert asked.named >= 0.95, peer.name
            assert asked.people == 3
