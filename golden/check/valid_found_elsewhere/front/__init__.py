from .one import *
from .two import _Late, Other as Send
Clean = Send
def bind():
    global Bound
    Bound = Send
