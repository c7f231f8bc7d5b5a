// What Python tells the page, written once: tests/page/test_messages.py holds real messages against these types.

/** What Python and the page agree on: `PAGE_FACTS` in components/page_facts.py. Entropies are in nats. */
export interface Facts {
  ramps: { light: string[]; dark: string[] };
  largest_entropy_nats: number;
  /** [place on the scale from 0 to 1, its name] */
  entropy_ticks: [number, string][];
  levels: string;
  /** Words by the letter of a rule. */
  rules: Record<string, string>;
  fork_rules: string;
  full_rule: string;
  unmonitored_rule: string;
  marks: string;
  judged_marks: string;
  finish_words: Record<FinishReason, string>;
  space_mark: string;
  longest_context: number;
  in_link: string[];
  /** The name of the pinned run in the address. */
  pinned_in_link: string;
  /** Whether this process explores anything that nobody asked for. */
  looks_ahead: boolean;
}

export type FinishReason = "eos" | "length" | "stopped" | "pruned" | "unknown";

/** Generated, reused, in full samples, fraction saved, passes, seconds. */
export type LedgerCells = [number, number, number, number, number, number];

/** What a run's first delta tells of the whole run. */
export interface RunStart {
  prompt: string;
  trigger: string | null;
  theta_on_scale: boolean;
  theta: number | null;
  max_sequences: number | null;
  drawing: number;
  context?: string;
  /** Where answers are known: [sequence, whether its answer is right] */
  judged?: [number, boolean][];
}

/** What is new of a growing tree: components/tree/growth.py, where each field is explained. */
export interface TreeDelta {
  run: number;
  seq: number;
  answers?: number;
  start?: RunStart;
  first: number;
  s: number[];
  w: string;
  at: [number, number][];
  from: number;
  a: number[];
  t: string[];
  x: [number, string][];
  b: string;
  e: (number | null)[];
  l: (number | null)[];
  r: (number | null)[];
  limbs: [number, number][];
  gone: number[];
  forks: [number, number, number][];
  done: [number, FinishReason][];
  running: boolean;
  ledger: LedgerCells;
}

/** A measure against theta, for the picture of the two. */
export interface Gauge {
  label: string;
  value: number;
  theta: number | null;
  highest: number;
}

/** The temperatures that keep a token. */
export interface KeptAt {
  low: number;
  high: number;
  now: number;
  highest: number;
  text: string;
}

/** A token that could stand where the inspected one stands. */
export interface Choice {
  token_id: number;
  label: string;
  /** Its node in the tree. */
  node: number | null;
  chance: string;
}

/** A trace of Plotly's, coloured by the page after its roles, one for each bar or point. */
export interface BarsTrace extends PlotlyTrace {
  meta: { roles: string[] };
}

export interface BarsFigure {
  data: BarsTrace[];
  layout: PlotlyPart & { xaxis: PlotlyPart; yaxis: PlotlyPart; annotations: (PlotlyPart & { name: string })[] };
}

/** What is to be said of a node: components/inspector/inspection.py. A ghost's id is its place, negative. */
export interface ToldOfNode {
  id: number;
  parent: number | null;
  token: string;
  context: string;
  why: string;
  /** Where answers are known: what the fork was worth, and whether the sequence that ends here is right. */
  outcome?: string;
  gauge: Gauge | null;
  facts: [string, string][];
  figure: BarsFigure | null;
  choices: Choice[];
  keeps: KeptAt | null;
  can_grow: boolean;
  note: string;
}

/** What the inspector is told with it: components/visitors/answers.py. A tree's own page leaves out what is optional. */
export interface ToldWhen {
  run: number;
  /** The run that was on the page then. */
  of?: number;
  /** The newest request that had been heard of. */
  request?: number;
  num_by_hand: number;
}

/** The token is in the present tree no more. */
export type Told = ToldWhen & ((ToldOfNode & { gone?: undefined }) | { gone: true });

/** What went wrong in a run: components/sequences/diagnosing.py. */
export interface Diagnosis {
  run: number;
  findings: Finding[];
}

export interface Finding {
  kind: string;
  what: string;
  remedy: string;
  sequences: number[];
}

export type SliderName = "theta" | "max_sequences" | "temperature";

/** [value] where it is not known, else [value, tokens, sequences, forks, saved fraction]. */
export type Place = [number] | [number, number, number, number, number];

/** [known place, the next known place, where the change between them happens, a sentence] */
export type Step = [number, number, number, string];

/** What the values of a slider give. */
export interface SliderNews {
  present?: number;
  /** The first and the last value of this very tree. */
  same?: [number, number] | null;
  /** Where keys jump to, down and up. */
  jumps?: [number | null, number | null];
  places?: Place[];
  steps?: Step[];
}

/** What the sliders would give elsewhere: components/what_if/news.py. */
export interface WhatIfNews {
  run: number;
  number: number;
  explores: SliderName | null;
  sliders: Partial<Record<SliderName, SliderNews>>;
  /** Nothing is explored because too many do so; ask again in a while. */
  later: boolean;
}

/** A part of a run's caption, and whether the other run does not share it. */
export interface CaptionPart {
  text: string;
  differs: boolean;
}

/** What is to be said of A and B. */
export interface Compared {
  sentence: string;
  /** Stretches of nodes, [first, how many]. */
  shared_a: [number, number][];
  shared_b: [number, number][];
  mark_a: number | null;
  mark_b: number | null;
  caption_a: CaptionPart[];
  caption_b: CaptionPart[];
  /** [name, of A, of B, B less A] */
  rows: [string, string, string, string][];
}

/** The pinned tree: its one delta, and what stands for it in the address. */
export interface Pinned {
  delta: TreeDelta;
  link: string;
}

/** Of A, the pinned tree, and of A and B: components/comparing/telling.py. */
export type ComparingNews =
  | { pin: null }
  | { pin: number; run: number; running: boolean; pinned?: Pinned; compared: Compared };

/** A file for the reader: components/files/download.py. */
export interface Saved {
  number: number;
  name: string;
  text: string;
}

export interface ExperimentStart {
  tasks: string;
  prompts: string[];
  excerpts: string[];
  stages: string[];
  max_sequences: number;
  max_new_tokens: number;
  conditions: string;
}

export interface Grade {
  sequences: number;
  correct: number;
  tokens: number;
  saved: number;
  /** A prompt that got nothing in stage 2 keeps the tree of stage 1. */
  continued: boolean;
}

export interface Pot {
  /** null while stage 1 fills it. */
  stage: string | null;
  saved: number;
  given: number;
  left: number;
  /** [prompt, sequences more, whether theta is lowered for it] */
  grants: [number, number, boolean][];
  words: string;
}

export interface Table {
  /** [name, meaning] */
  headings: [string, string][];
  /** [value, interval] */
  rows: [string, string][][];
  notes: string[];
}

export interface StageTrace extends PlotlyTrace {
  meta: { stage: string };
}

export interface StageFigure {
  data: StageTrace[];
  layout: PlotlyPart & { xaxis: PlotlyPart & { title: PlotlyPart }; yaxis: PlotlyPart & { title: PlotlyPart } };
}

export interface Plots {
  curves: StageFigure | null;
  savings: StageFigure | null;
}

export interface ExperimentProgress {
  state: "running" | "done" | "stopped" | "failed";
  stage: string | null;
  number: number | null;
  share: number;
  words: string;
}

/** What is new of an experiment: components/experiments/report.py. */
export interface ExperimentDelta {
  run: number;
  seq: number;
  snapshot?: number;
  start?: ExperimentStart;
  pot?: Pot;
  allocations?: string[];
  table?: Table;
  plots?: Plots;
  /** [stage, prompt, generation, [row, parent's row, first depth, levels of entropy]] */
  grown: [string, number, number, [number, number, number, string][]][];
  graded: [string, number, Grade][];
  progress: ExperimentProgress;
}

/** A value with the ends of its 95 % interval, null where it has none yet. */
export type Ends = [value: number, low: number | null, high: number | null];

/** A choice of settings in a sweep. */
export interface SweepCell {
  /** null where the strategy has none. */
  theta: number | null;
  max_sequences: number;
  /** Full parallel sampling. */
  is_full: boolean;
  /** In the order of the metrics. */
  values: Ends[];
}

export interface SweepResults {
  cells: SweepCell[];
  /** Places of the cells that none betters in Pass@k against tokens, cheapest first. */
  front: number[];
  /** [name, meaning] */
  headings: [string, string][];
  /** For each cell, [value, interval] */
  rows: [string, string][][];
  shared: string;
}

/** [name, kind] */
export type Metric = [string, "share" | "count"];

export interface SweepStart {
  metrics: Metric[];
  conditions: string;
}

/** What is new of a sweep: components/sweeps/report.py. */
export interface SweepDelta {
  run: number;
  seq: number;
  snapshot?: number;
  start?: SweepStart;
  results?: SweepResults;
  progress: { state: "running" | "done" | "stopped" | "failed"; share: number; words: string };
}

/** What was calibrated: components/sweeps/handlers.py. */
export interface Calibrated {
  goal: string;
  /** null where what is wanted is no height on the curve. */
  wanted: number | null;
  conditions: string;
  /** [theta, the goal's number, mean tokens a prompt] */
  curve: [number, number, number][];
  chosen: { theta: number; low: number; high: number; value: number } | null;
  words: string[];
}

/** A theta that is calibrated for the present model and measure. */
export interface Offer {
  theta: number | null;
  title: string;
}
