"""A plan's nodes as a list in reading order."""

from __future__ import annotations

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from embedded_server.wire.explain import Plan, PlanNode

from .words import count_text, node_name, own_text

AnyIndex = QModelIndex | QPersistentModelIndex
NODE = Qt.ItemDataRole.UserRole
EMPTY = Plan(engine="", format="")


class PlanModel(QAbstractListModel):
    """Rows are nodes; `hot` is the node that costs most by itself."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.plan = EMPTY
        self.hot = -1

    def show_plan(self, plan: Plan) -> None:
        """Another plan."""
        self.beginResetModel()
        self.plan = plan
        hottest = max(plan.nodes, key=_share, default=None)
        self.hot = hottest.id if hottest is not None and hottest.share >= 0.25 else -1
        self.endResetModel()

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        """Nodes."""
        return 0 if parent.isValid() else len(self.plan.nodes)

    def node(self, row: int) -> PlanNode | None:
        """The node of a row."""
        return self.plan.nodes[row] if 0 <= row < len(self.plan.nodes) else None

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Name, what is read out, the node."""
        node = self.node(index.row())
        if node is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return node_name(node)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._read_out(node)
        if role == Qt.ItemDataRole.ToolTipRole:
            return "\n".join(filter(None, (node_name(node), node.detail)))
        return node if role == NODE else None

    def _read_out(self, node: PlanNode) -> str:
        own = own_text(self.plan, node)
        unit = " rows read" if own and self.plan.share_of == "rows" else ""
        parts = [f"level {node.depth + 1}", node_name(node), own + unit]
        if node.share:
            parts.append(f"{node.share * 100:.0f} %")
        if node.rows is not None:
            parts.append(f"{count_text(node.rows)} rows")
        elif node.estimated is not None:
            parts.append(f"{count_text(node.estimated)} rows expected")
        return ", ".join(filter(None, [*parts, node.detail]))


def _share(node: PlanNode) -> float:
    return node.share
