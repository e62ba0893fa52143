"""A tied embedding in a LiteRT file, stored once."""

import numpy as np


def shared(content: bytes) -> bytes:
    """The same network with one matrix for the words it looks up and for the words it scores.

    The converter writes a tied embedding twice in eight bits: the rows that are looked up with one scale for all, the
    weights of the last layer with a scale for each row. Both now use the rows that are looked up.
    """
    from tensorflow.lite.python.schema_py_generated import BuiltinOperator
    from tensorflow.lite.tools import flatbuffer_utils

    network = flatbuffer_utils.convert_bytearray_to_object(bytearray(content))
    graph = network.subgraphs[0]

    def matrices(operator: int, place: int) -> list[tuple]:
        """The constant matrices of eight-bit integers that operators of this kind read there, and their values."""
        kinds = [network.operatorCodes[step.opcodeIndex].builtinCode for step in graph.operators]
        inputs = [step.inputs[place] for step, kind in zip(graph.operators, kinds, strict=True) if kind == operator]
        tensors = map(graph.tensors.__getitem__, inputs)
        return [(each, values) for each in tensors if (values := _values(network, each)) is not None]

    for rows, looked_up in matrices(BuiltinOperator.GATHER, 0):
        scale = rows.quantization.scale[0]
        for weights, multiplied in matrices(BuiltinOperator.FULLY_CONNECTED, 1):
            if looked_up.shape == multiplied.shape and np.abs(looked_up - multiplied).max() <= scale:
                network.buffers[weights.buffer].data = None
                weights.buffer = rows.buffer
                weights.quantization.scale = np.full_like(weights.quantization.scale, scale)
    return bytes(flatbuffer_utils.convert_object_to_bytearray(network))


def _values(network, tensor) -> np.ndarray | None:
    """A constant matrix of eight-bit integers, as floats; None for another tensor."""
    data, quantization = network.buffers[tensor.buffer].data, tensor.quantization
    if data is None or quantization is None or quantization.scale is None or len(data) != np.prod(tensor.shape):
        return None
    integers = np.frombuffer(bytes(data), "int8").reshape(tensor.shape)
    return integers * np.reshape(quantization.scale, (-1, 1)) if integers.ndim == 2 else None
