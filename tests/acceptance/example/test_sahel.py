"""The modules that the notebooks share do what their docstrings say."""

import math
import wave
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from sahel import (  # type: ignore[import-not-found]
    audio,
    classifier,
    corpus,
    features,
    inputs,
    machine,
    melscale,
    voice,
)

from tests.support.paths import TESTS

pytestmark = pytest.mark.unmeasured

INPUTS = TESTS / "inputs"
RATE = 8000
FloatArray = npt.NDArray[np.float64]


def tone(hz: float, seconds: float = 0.5) -> FloatArray:
    """Return a pure tone, shape (samples,), at half of full scale."""
    time = np.arange(round(seconds * RATE)) / RATE
    return np.asarray(0.5 * np.sin(2 * np.pi * hz * time))


def buzz(pitch: float, seconds: float = 0.5) -> FloatArray:
    """Return all harmonics of a pitch; higher ones are weaker."""
    return np.asarray(sum(tone(n * pitch, seconds) / n for n in range(1, int(3500 / pitch))))


# inputs: where Kaggle has mounted a source


@pytest.mark.parametrize("layout", ["datasets/google/fleurs", "fleurs"])
def test_a_dataset_is_found_in_the_new_layout_and_in_the_old(tmp_path: Path, layout: str) -> None:
    (tmp_path / layout).mkdir(parents=True)
    assert inputs.find_dataset("google/fleurs", tmp_path) == tmp_path / layout


@pytest.mark.parametrize("layout", ["notebooks/ous-sow/trainer", "trainer"])
def test_a_notebook_is_found_in_the_new_layout_and_in_the_old(tmp_path: Path, layout: str) -> None:
    (tmp_path / layout).mkdir(parents=True)
    assert inputs.find_notebook("ous-sow/trainer", tmp_path) == tmp_path / layout


def test_the_new_layout_wins_when_both_are_there(tmp_path: Path) -> None:
    for layout in ("datasets/google/fleurs", "fleurs"):
        (tmp_path / layout).mkdir(parents=True)
    assert inputs.find_dataset("google/fleurs", tmp_path) == tmp_path / "datasets/google/fleurs"


def test_another_owners_dataset_of_the_same_name_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "datasets/somebody/fleurs").mkdir(parents=True)
    with pytest.raises(FileNotFoundError):
        inputs.find_dataset("google/fleurs", tmp_path)


def test_a_missing_source_says_what_to_declare(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as missing:
        inputs.find_dataset("google/fleurs", tmp_path)
    assert 'dataset_sources = ["google/fleurs"]' in str(missing.value)
    with pytest.raises(FileNotFoundError) as missing:
        inputs.find_notebook("ous-sow/trainer", tmp_path)
    assert 'kernel_sources = ["ous-sow/trainer"]' in str(missing.value)


@pytest.mark.parametrize("source", ["fleurs", "google/", "/fleurs", "a/b/c", ""])
def test_a_source_without_owner_and_slug_is_refused(tmp_path: Path, source: str) -> None:
    with pytest.raises(ValueError, match="owner/slug"):
        inputs.find_dataset(source, tmp_path)


# audio and corpus: sound from files


def test_a_wav_file_comes_back_as_it_was_written(tmp_path: Path) -> None:
    sound = tone(440)
    audio.write_wav(tmp_path / "a.wav", sound, RATE)
    again, rate = audio.read_wav(tmp_path / "a.wav")
    assert rate == RATE
    assert again.shape == sound.shape
    assert np.abs(again - sound).max() <= 0.5 / audio.FULL_SCALE

    audio.write_wav(tmp_path / "b.wav", again, RATE)
    assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()


def test_what_is_too_loud_is_clipped_and_does_not_wrap_around(tmp_path: Path) -> None:
    audio.write_wav(tmp_path / "a.wav", np.array([-2.0, -1.0, 0.0, 1.0, 2.0]), RATE)
    loudest = 1 - 1 / audio.FULL_SCALE
    assert audio.read_wav(tmp_path / "a.wav")[0].tolist() == [-1, -1, 0, loudest, loudest]


def test_two_channels_are_averaged(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setparams((2, 2, RATE, 0, "NONE", ""))
        file.writeframes(np.array([[8192, 0], [0, -8192]], dtype="<i2").tobytes())
    assert audio.read_wav(tmp_path / "a.wav")[0].tolist() == [0.125, -0.125]


def test_a_wav_file_that_is_not_16_bit_is_refused_by_name(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setparams((1, 1, RATE, 0, "NONE", ""))
        file.writeframes(b"\x80\x90")
    with pytest.raises(ValueError, match=r"a\.wav: 8-bit"):
        audio.read_wav(tmp_path / "a.wav")


def test_clips_come_in_the_order_of_the_manifest_with_their_language() -> None:
    clips = corpus.read_clips(INPUTS / "datasets/robotsmali/jeli-asr")
    assert [clip.name for clip in clips] == [f"clips/bam_{n:02d}.wav" for n in range(6)]
    assert {(clip.language, clip.rate, clip.seconds) for clip in clips} == {("bam", RATE, 0.8)}


# melscale and features: from sound to numbers


def test_mel_and_hz_are_inverse_and_1000_hz_is_about_1000_mel() -> None:
    hz = np.array([0.0, 80.0, 1000.0, 3800.0])
    assert np.allclose(melscale.mel_to_hz(melscale.hz_to_mel(hz)), hz)
    assert melscale.hz_to_mel(hz)[2] == pytest.approx(1000, abs=1)


def test_the_filters_are_triangles_that_sum_to_one() -> None:
    hz = np.linspace(0, 4000, 4001)
    bank = melscale.mel_filterbank(hz, 24, 80.0, 3800.0)
    peaks = hz[bank.argmax(axis=1)]

    assert bank.shape == (24, 4001)
    assert bank.min() == 0
    assert np.allclose(bank.max(axis=1), 1, atol=0.02)
    assert not bank[:, (hz < 80) | (hz > 3800)].any()
    assert (np.diff(peaks, n=2) > -2).all()  # further and further apart
    between = (hz >= peaks[0] + 1) & (hz <= peaks[-1] - 1)
    assert np.allclose(bank[:, between].sum(axis=0), 1)


def test_filters_beyond_the_spectrum_are_refused() -> None:
    with pytest.raises(ValueError, match="ends at 2000 Hz"):
        melscale.mel_filterbank(np.linspace(0, 2000, 129), 24, 80.0, 3800.0)


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 48000])
def test_no_filter_is_empty_at_the_usual_sampling_rates(rate: int) -> None:
    hz = features.bin_frequencies(rate)
    bank = melscale.mel_filterbank(hz, features.MELS, features.LOWEST_HZ, features.HIGHEST_HZ)
    assert (bank.sum(axis=1) > 0).all()


def test_frames_overlap_and_a_short_clip_is_filled_up() -> None:
    assert features.frames(np.zeros(RATE), RATE).shape == (61, 256)
    assert features.frames(np.ones(10), RATE).sum() == 10
    assert features.frames(np.ones(10), RATE).shape == (1, 256)


@pytest.mark.parametrize("hz", [300.0, 1000.0, 2500.0])
def test_a_tone_is_strongest_in_the_band_of_its_frequency(hz: float) -> None:
    spectrogram = features.log_mel(tone(hz), RATE)
    mel = np.linspace(melscale.hz_to_mel(80.0), melscale.hz_to_mel(3800.0), features.MELS + 2)
    nearest = np.abs(melscale.mel_to_hz(mel[1:-1]) - hz).argmin()
    assert spectrogram.shape == (30, features.MELS)
    assert (spectrogram.argmax(axis=1) == nearest).all()


def test_features_do_not_depend_on_loudness_and_silence_is_harmless() -> None:
    loud = features.clip_features(buzz(150), RATE)
    quiet = features.clip_features(0.1 * buzz(150), RATE)
    assert np.allclose(loud, quiet, atol=0.01)
    assert loud.mean() == pytest.approx(0, abs=1e-9)
    assert loud.std() == pytest.approx(1, abs=1e-3)
    assert np.allclose(features.clip_features(np.zeros(RATE), RATE), 0)


# classifier


def tones_in_noise(seed: int) -> tuple[FloatArray, npt.NDArray[np.int64]]:
    """Return features, shape (30, mels), and labels of three tones, ten clips of each."""
    random = np.random.default_rng(seed)
    labels = np.repeat(np.arange(3), 10)
    sounds = [tone((400, 900, 2000)[n]) + random.normal(scale=0.2, size=4000) for n in labels]
    return np.array([features.clip_features(sound, RATE) for sound in sounds]), labels


def trained(seed: int) -> tuple[float, float, FloatArray]:
    """Train on tones; return the final loss, the accuracy on held-out clips and the weights."""
    measured, labels = tones_in_noise(seed=1)
    random = np.random.default_rng(seed)
    training, held_out = classifier.hold_out(labels, 0.3, random)
    model = classifier.new_classifier(features.MELS, ("low", "middle", "high"))
    for _ in range(20):
        model = classifier.train_epoch(model, measured[training], labels[training], 0.1, random)
    return (
        classifier.loss(model, measured[training], labels[training]),
        classifier.accuracy(model, measured[held_out], labels[held_out]),
        model.weights,
    )


def test_the_classifier_separates_tones() -> None:
    loss, accuracy, _ = trained(seed=3)
    assert loss < 0.1
    assert accuracy == 1


def test_the_same_seed_gives_the_same_weights_and_another_seed_others() -> None:
    assert np.array_equal(trained(seed=3)[2], trained(seed=3)[2])
    assert not np.array_equal(trained(seed=3)[2], trained(seed=4)[2])


def test_a_new_classifier_guesses() -> None:
    measured, labels = tones_in_noise(seed=1)
    model = classifier.new_classifier(features.MELS, ("low", "middle", "high"))
    assert np.allclose(classifier.probabilities(model, measured), 1 / 3)
    assert classifier.loss(model, measured, labels) == pytest.approx(math.log(3))


def test_very_large_scores_do_not_overflow() -> None:
    model = classifier.Classifier(np.array([[1e4, -1e4]]), np.zeros(2), ("a", "b"))
    assert classifier.probabilities(model, np.array([[1.0]])).tolist() == [[1.0, 0.0]]


def test_training_follows_the_gradient_of_the_loss() -> None:
    measured, labels = tones_in_noise(seed=1)
    few, of_few = measured[::4], labels[::4]  # as many as one batch holds
    random = np.random.default_rng(0)
    start = classifier.new_classifier(features.MELS, ("low", "middle", "high"))
    after = classifier.train_epoch(start, few, of_few, 1.0, random)
    step = 1e-6
    for place in [(0, 0), (5, 1), (20, 2)]:
        weights = start.weights.copy()
        weights[place] += step
        moved = classifier.Classifier(weights, start.bias, start.languages)
        slope = (classifier.loss(moved, few, of_few) - classifier.loss(start, few, of_few)) / step
        assert after.weights[place] == pytest.approx(-slope, abs=1e-5)


def test_of_each_language_some_clips_are_held_out_and_none_is_in_both() -> None:
    labels = np.array([0] * 9 + [1] * 6 + [2] * 2)
    training, held_out = classifier.hold_out(labels, 1 / 3, np.random.default_rng(0))
    assert sorted([*training, *held_out]) == list(range(17))
    assert np.bincount(labels[held_out]).tolist() == [3, 2, 1]


def test_a_saved_classifier_comes_back(tmp_path: Path) -> None:
    model = classifier.Classifier(np.arange(6.0).reshape(3, 2), np.ones(2), ("bam", "ful"))
    classifier.save(model, tmp_path / "weights.npz")
    again = classifier.load(tmp_path / "weights.npz", features=3)
    assert np.array_equal(again.weights, model.weights)
    assert np.array_equal(again.bias, model.bias)
    assert again.languages == ("bam", "ful")
    with pytest.raises(ValueError, match="do not fit 24 features and 2 languages"):
        classifier.load(tmp_path / "weights.npz", features=24)


def test_the_trained_input_tells_the_languages_of_the_inputs_apart() -> None:
    trainer = inputs.find_notebook("ous-sow/sahel-kaggle-master-trainer", INPUTS)
    model = classifier.load(trainer / "weights.npz", features.MELS)
    clips = [
        clip
        for source in ("google/fleurs", "robotsmali/jeli-asr")
        for clip in corpus.read_clips(inputs.find_dataset(source, INPUTS))
    ]
    measured = np.array([features.clip_features(clip.samples, clip.rate) for clip in clips])
    labels = np.array([model.languages.index(clip.language) for clip in clips])
    assert classifier.accuracy(model, measured, labels) > 0.75


# voice


@pytest.mark.parametrize("pitch", [80.0, 123.4, 210.0, 330.0])
def test_the_pitch_of_a_buzz_is_found(pitch: float) -> None:
    found = voice.pitch_track(buzz(pitch), RATE)
    assert len(found) > 20
    assert np.median(found) == pytest.approx(pitch, rel=0.01)


def test_noise_and_silence_have_no_pitch() -> None:
    noise = np.random.default_rng(0).normal(scale=0.2, size=RATE)
    assert len(voice.pitch_track(noise, RATE)) == 0
    assert len(voice.pitch_track(np.zeros(RATE), RATE)) == 0
    with pytest.raises(ValueError, match="no voiced frame"):
        voice.fit_voice([noise], RATE)


def test_a_synthesised_voice_has_the_pitch_and_the_spectrum_it_was_fitted_to() -> None:
    clips = corpus.read_clips(INPUTS / "datasets/google/fleurs")
    fula = [clip.samples for clip in clips if clip.language == "ful"]
    fitted = voice.fit_voice(fula, RATE)
    sound = voice.synthesise(fitted, 1.0, RATE)
    again = voice.fit_voice([sound], RATE)

    assert sound.shape == (RATE,)
    assert np.abs(sound).max() == pytest.approx(0.8, abs=0.05)
    assert abs(sound[0]) < 0.01
    assert abs(sound[-1]) < 0.01
    assert fitted.envelope.max() == 1
    assert again.pitch_hz == pytest.approx(fitted.pitch_hz, rel=0.03)
    assert np.corrcoef(again.envelope, fitted.envelope)[0, 1] > 0.95


# machine


def test_without_git_there_is_no_answer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert machine.git_answer("--version") is None
    assert machine.repo_around(tmp_path) is None


def test_git_answers_and_a_folder_outside_any_repo_has_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    version = machine.git_answer("--version")
    if version is None:
        pytest.skip("no git on this machine")
    assert version.startswith("git version ")
    assert machine.repo_around(tmp_path) is None
    assert machine.git_answer("no-such-command", folder=tmp_path) is None
