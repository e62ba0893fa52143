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

    def constants(operator: int, place: int) -> list:
        kinds = [network.operatorCodes[step.opcodeIndex].builtinCode for step in graph.operators]
        inputs = [step.inputs[place] for step, kind in zip(graph.operators, kinds, strict=True) if kind == operator]
        return [tensor for tensor in map(graph.tensors.__getitem__, inputs) if _rows(network, tensor) is not None]

    for rows in constants(BuiltinOperator.GATHER, 0):
        for weights in constants(BuiltinOperator.FULLY_CONNECTED, 1):
            if _same(network, rows, weights):
                network.buffers[weights.buffer].data = None
                weights.buffer = rows.buffer
                weights.quantization.scale = np.full_like(weights.quantization.scale, rows.quantization.scale[0])
    return bytes(flatbuffer_utils.convert_object_to_bytearray(network))


def _rows(network, tensor) -> np.ndarray | None:
    """A constant matrix of eight-bit integers, as floats; None for another tensor."""
    data, quantization = network.buffers[tensor.buffer].data, tensor.quantization
    if data is None or quantization is None or quantization.scale is None or len(data) != np.prod(tensor.shape):
        return None
    integers = np.frombuffer(bytes(data), "int8").reshape(tensor.shape)
    return integers * np.reshape(quantization.scale, (-1, 1)) if integers.ndim == 2 else None


def _same(network, one, other) -> bool:
    """Whether two constants hold the same matrix, as far as eight bits can tell."""
    first, second = _rows(network, one), _rows(network, other)
    return first.shape == second.shape and np.abs(first - second).max() <= one.quantization.scale[0]
