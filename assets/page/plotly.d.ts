// As much of plotly.js as the page uses. It is a script of its own, so its name is global.

type PlotlyPart = Record<string, unknown>;

interface PlotlyTrace extends PlotlyPart {
  type: string;
}

/** An element that Plotly has drawn in. */
interface PlotlyElement extends HTMLElement {
  on(event: "plotly_click", listener: (event: { points: { pointIndex: number; curveNumber: number }[] }) => void): void;
  on(event: "plotly_relayout", listener: (change: Record<string, unknown>) => void): void;
  on(event: "plotly_relayouting", listener: () => void): void;
  _fullLayout: { xaxis: PlotlyAxis; yaxis: PlotlyAxis };
}

interface PlotlyAxis {
  range: [number, number];
  _offset: number;
  _length: number;
  /** From a position on the axis to pixels, and back. */
  l2p(position: number): number;
  p2l(pixels: number): number;
}

declare const Plotly: {
  newPlot(host: HTMLElement, traces: PlotlyPart[], layout: PlotlyPart, config: PlotlyPart): Promise<PlotlyElement>;
  react(host: HTMLElement, traces: PlotlyPart[], layout: PlotlyPart, config: PlotlyPart): Promise<PlotlyElement>;
  toImage(host: HTMLElement, options: { format: string; width: number; height: number }): Promise<string>;
};
