import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper, numpy_helper
from tiny_model import LABELS, SPEC, write_tiny_model

from models.errors import ModelMismatch, ModelUnknown, ModelUnreadable
from models.head_graph import head_graph
from models.runtime import LARGEST, SPEC_KEY, Encoder, Head, load_model, shipped_models
from models.spec import FrameSpec, HeadSpec
from models.training.untrained import untrained_csae


def test_a_model_explains_itself(tiny_model: Path) -> None:
    model = load_model(str(tiny_model))
    assert model.spec == SPEC
    assert model.head.spec.labels == LABELS


def test_encoder_then_head(tiny_model: Path) -> None:
    model = load_model(str(tiny_model))
    window = np.random.default_rng(0).normal(0, 30, (250, 2)).astype(np.float32)
    features = model.encoder(window)
    assert features == pytest.approx(np.abs(window).mean(axis=0), rel=1e-5)
    logits = np.array([1, 0.1 * features[0], 0.1 * features[1]])
    assert model(window) == pytest.approx(logits - np.logaddexp.reduce(logits), rel=1e-5)


def test_unknown_names_list_what_there_is() -> None:
    with pytest.raises(ModelUnknown, match="shipped: .*"):
        load_model("csae-khushaba-7")


def test_a_missing_head_is_named(tiny_model: Path, tmp_path: Path) -> None:
    alone = shutil.copy(tiny_model, tmp_path)
    with pytest.raises(ModelUnknown, match="tiny.head.onnx"):
        load_model(str(alone))


@pytest.mark.parametrize("content", [b"", b"no model", b"\x08\x0a"])
def test_a_damaged_file_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "broken.onnx"
    path.write_bytes(content)
    with pytest.raises(ModelUnreadable, match="broken.onnx"):
        load_model(str(path))


def test_any_cut_of_a_model_is_refused(tiny_model: Path, tmp_path: Path) -> None:
    whole = tiny_model.read_bytes()
    shutil.copy(tiny_model.with_name("tiny.head.onnx"), tmp_path)
    for length in range(0, len(whole), 7):
        (tmp_path / "tiny.onnx").write_bytes(whole[:length])
        with pytest.raises((ModelUnreadable, ModelMismatch)):
            load_model(str(tmp_path / "tiny.onnx"))


def test_a_file_that_is_no_model_by_its_size_is_not_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "large.onnx"
    with path.open("wb") as file:
        file.truncate(LARGEST + 1)  # a sparse file
    with pytest.raises(ModelUnreadable, match="more than 64 MB; export a smaller model"):
        Encoder(path)


def test_an_endless_file_is_no_model() -> None:
    with pytest.raises(ModelUnreadable, match="more than 64 MB"):
        Encoder(Path("/dev/zero"))


def leaking_model(location: bytes = b"secret.bin") -> onnx.ModelProto:
    """Adds what another file holds to the mean of each channel."""
    secret = onnx.TensorProto(name="secret", dims=[2], data_type=TensorProto.FLOAT, data_location=TensorProto.EXTERNAL)
    secret.external_data.add(key="location", value=location)
    nodes = [
        helper.make_node("ReduceMean", ["x", "axis"], ["mean"], keepdims=0),
        helper.make_node("Add", ["mean", "secret"], ["y"]),
    ]
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 250, 2])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 2])
    graph = helper.make_graph(nodes, "leak", [x], [y], [secret, numpy_helper.from_array(np.array([1]), "axis")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    helper.set_model_props(model, {SPEC_KEY: SPEC.model_dump_json()})
    return model


NEEDLESSLY_LONG = [(b"\x0a\x08location", b"\x0a\x88\x00location"), (b"\x0a\x08location", b"\x8a\x00\x08location")]


def test_a_model_never_reads_other_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("secret.bin").write_bytes(np.array([3, 5], np.float32).tobytes())
    leak = Path("leak.onnx")
    leak.write_bytes(leaking_model().SerializeToString())
    session = ort.InferenceSession(leak, providers=["CPUExecutionProvider"])
    leaked = session.run(None, {"x": np.zeros((1, 250, 2), np.float32)})
    assert leaked[0].tolist() == [[3, 5]]  # so it would
    with pytest.raises(ModelUnreadable, match="export it as one file"):
        Encoder(leak)


@pytest.mark.parametrize("place", ["initializer", "constant", "inner graph", "function"])
def test_another_file_is_found_wherever_it_is_named(place: str, tmp_path: Path) -> None:
    model = leaking_model()
    secret = model.graph.initializer.pop(0)
    constant = helper.make_node("Constant", [], ["secret"], value=secret)
    if place == "initializer":
        model.graph.initializer.append(secret)
    elif place == "constant":
        model.graph.node.insert(0, constant)
    elif place == "inner graph":
        inner = helper.make_graph([constant], "inner", [], [])
        model.graph.node.insert(0, helper.make_node("If", ["x"], ["secret"], then_branch=inner, else_branch=inner))
    else:
        opsets = [helper.make_opsetid("", 18)]
        model.functions.append(helper.make_function("own", "Secret", [], ["secret"], [constant], opsets))
    path = tmp_path / "leak.onnx"
    path.write_bytes(model.SerializeToString())
    with pytest.raises(ModelUnreadable, match="export it as one file"):
        Encoder(path)


@pytest.mark.parametrize(("plain", "long"), NEEDLESSLY_LONG)
def test_another_spelling_of_a_key_hides_nothing(plain: bytes, long: bytes, tmp_path: Path) -> None:
    entry = onnx.StringStringEntryProto(key="location", value="secret.bin").SerializeToString()
    again = onnx.StringStringEntryProto.FromString(entry.replace(plain, long))
    assert (again.key, again.value) == ("location", "secret.bin")  # readers take it
    path = tmp_path / "leak.onnx"
    path.write_bytes(leaking_model().SerializeToString().replace(plain, long))
    with pytest.raises(ModelUnreadable, match="export it as one file"):
        Encoder(path)


def test_a_model_never_reads_other_memory(tmp_path: Path) -> None:
    path = tmp_path / "leak.onnx"
    path.write_bytes(leaking_model(b"*/_ORT_MEM_ADDR_/*").SerializeToString())  # ONNX Runtime's mark for an address
    with pytest.raises(ModelUnreadable, match="export it as one file"):
        Encoder(path)


def test_a_head_of_a_profile_reads_no_other_files_either() -> None:
    with pytest.raises(ModelUnreadable, match="export it as one file"):
        Head(leaking_model().SerializeToString(), Path("head.onnx"))


def test_a_gesture_may_have_any_name() -> None:
    spec = HeadSpec(kind="linear", labels=("location", "8location", "\x08location"), encoder="e")
    head = head_graph(spec, {"weight": np.zeros((3, 2), np.float32), "bias": np.zeros(3, np.float32)})
    assert Head(head, Path("head.onnx")).spec == spec


def test_only_onnx_is_a_model(tiny_model: Path, tmp_path: Path) -> None:
    """ONNX Runtime's own format is another parser, with its own ways to name files."""
    options = ort.SessionOptions()
    options.optimized_model_filepath = str(tmp_path / "tiny.ort")
    options.add_session_config_entry("session.save_model_format", "ORT")
    ort.InferenceSession(tiny_model, options, providers=["CPUExecutionProvider"])
    ort.InferenceSession((tmp_path / "tiny.ort").read_bytes(), providers=["CPUExecutionProvider"])  # is one
    with pytest.raises(ModelUnreadable, match="not a whole ONNX model"):
        Encoder(tmp_path / "tiny.ort")


@pytest.mark.parametrize(
    "promise",
    [
        {"channels": 3},
        {"features": 64},
        {"frames": FrameSpec(stride=10, receptive=50, width=4)},
    ],
)
def test_a_graph_that_is_not_what_its_spec_promises_is_refused(promise: dict[str, object], tmp_path: Path) -> None:
    model = leaking_model()
    model.graph.initializer[0].CopyFrom(numpy_helper.from_array(np.zeros(2, np.float32), "secret"))
    helper.set_model_props(model, {SPEC_KEY: SPEC.model_copy(update=promise).model_dump_json()})
    path = tmp_path / "other.onnx"
    path.write_bytes(model.SerializeToString())
    with pytest.raises(ModelUnreadable, match="as it promises; export it again"):
        Encoder(path)


def test_another_window_than_promised_is_refused(tmp_path: Path) -> None:
    path = untrained_csae(1000, 2, 25, tmp_path)
    model = onnx.load(path)
    spec = Encoder(path).spec
    wider = spec.model_copy(update={"frames": spec.frames.model_copy(update={"width": 128})})
    earlier = spec.model_copy(update={"frames": spec.frames.model_copy(update={"receptive": 55})})
    for wrong in (wider, earlier, spec.model_copy(update={"frames": None})):
        helper.set_model_props(model, {SPEC_KEY: wrong.model_dump_json()})
        path.write_bytes(model.SerializeToString())
        with pytest.raises(ModelUnreadable, match="as it promises"):
            Encoder(path)


@pytest.mark.parametrize("kind", [TensorProto.DOUBLE, TensorProto.STRING])
def test_other_numbers_than_float32_are_refused(kind: int, tmp_path: Path) -> None:
    x, y = (helper.make_tensor_value_info(name, kind, [1, 250, 2]) for name in "xy")
    graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "other", [x], [y])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    helper.set_model_props(model, {SPEC_KEY: SPEC.model_dump_json()})
    path = tmp_path / "other.onnx"
    path.write_bytes(model.SerializeToString())
    with pytest.raises(ModelUnreadable, match="does not turn float32"):
        Encoder(path)


@pytest.mark.parametrize("shape", [[], ["batch", "features"], None])
def test_a_head_that_does_not_say_what_it_takes_is_refused(shape: list[str] | None) -> None:
    inputs = [] if shape is None else [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)]
    values = numpy_helper.from_array(np.zeros((1, 3), np.float32))
    node = helper.make_node("Constant", [], ["y"], value=values)
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 3])
    model = helper.make_model(helper.make_graph([node], "h", inputs, [y]), opset_imports=[helper.make_opsetid("", 18)])
    model.ir_version = 10
    spec = HeadSpec(kind="linear", labels=LABELS, encoder="e")
    helper.set_model_props(model, {SPEC_KEY: spec.model_dump_json()})
    with pytest.raises(ModelUnreadable):
        Head(model.SerializeToString(), Path("head.onnx"))


def test_a_head_of_another_encoder_is_refused(tiny_model: Path, tmp_path: Path) -> None:
    other = write_tiny_model(tmp_path, SPEC.model_copy(update={"hop": 50}))
    shutil.copy(tiny_model.with_name("tiny.head.onnx"), tmp_path)
    with pytest.raises(ModelMismatch, match="calibrate again"):
        load_model(str(other))


@pytest.mark.parametrize(
    ("rate_hz", "channels", "unit", "why"),
    [(1000, 8, "uV", "8 channels"), (250, 2, "uV", "250 Hz"), (1000, 2, "a.u.", "scale")],
)
def test_a_device_that_does_not_fit_is_refused(rate_hz: float, channels: int, unit: str, why: str) -> None:
    with pytest.raises(ModelMismatch, match=why):
        SPEC.require(rate_hz, channels, unit)


def test_a_drifting_clock_is_no_other_rate() -> None:
    SPEC.require(1000.5, 2)


def test_serving_needs_no_torch() -> None:
    code = "import sys, service.commands.serve, service.commands.replay, service.commands.calibrate; "
    code += "sys.exit(bool({'torch', 'onnx', 'sklearn'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_shipped_models_load() -> None:
    for name in shipped_models():
        assert load_model(name).spec.name == name
