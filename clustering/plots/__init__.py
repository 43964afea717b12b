"""Pictures of clusters, with matplotlib: clusters and their cells, iterations, roles, silhouettes.

Nothing is shown on a screen: functions return the axes they drew on (or the figure), and
`axes.figure.savefig(path)` writes it. Cluster k has the same colour in every picture; after seven
clusters, whose colours differ for colour-blind eyes too, the marker changes. Noise is grey.
"""

from clustering.plots import clusters, dendrogram, iterations
from clustering.plots.canvas import voronoi_cells
from clustering.plots.clusters import *  # noqa: F403
from clustering.plots.dendrogram import *  # noqa: F403
from clustering.plots.iterations import *  # noqa: F403

__all__ = ["voronoi_cells"]
__all__ += clusters.__all__
__all__ += dendrogram.__all__
__all__ += iterations.__all__
