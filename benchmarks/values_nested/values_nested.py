import sys


def main(n):
    state = {"grid": [[0, 0], [0, 0]], "log": {"hits": 0}}
    for i in range(n):
        state["grid"][i % 2][1] = state["grid"][i % 2][1] + 1
        state["log"]["hits"] = state["log"]["hits"] + 1
    return state["grid"][0][1] + state["grid"][1][1] + state["log"]["hits"]


print(main(int(sys.argv[1])))
