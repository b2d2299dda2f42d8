"""Recognisers of every kind: of gestures, text, gesture events and movement. Samples in, answers out."""

from models.pipeline.recognizer import Prediction, Recognizer
from models.pipeline.sequence_recognizer import SequenceRecognizer, Told

Answer = Prediction | Told
AnyRecognizer = Recognizer | SequenceRecognizer
