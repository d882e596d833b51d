import type { Embedder } from '../../../sdk/embedder.ts';
import { evaluatePairs } from './evaluate.ts';
import type { EvaluatedLevel } from './evaluation.ts';
import { parsePairs } from './pairs.ts';
import { evaluationJson } from './render-json.ts';
import { evaluationPlot } from './render-plot.ts';
import { evaluationTable } from './render-table.ts';

export interface ReportRequest {
  /** Labelled pairs, one JSON object a line. */
  readonly pairs: string;
  readonly embedder: Embedder;
  readonly level: EvaluatedLevel;
  readonly floor?: number;
  readonly signal?: AbortSignal;
  readonly progress?: (done: number, total: number) => void;
}

export interface Report {
  readonly table: string;
  readonly json: string;
  readonly svg: string;
  /** Wrong hits among the pairs that differ, at the floor and level; null where there are none. */
  readonly wrongRate: number | null;
}

/** What `sluice cache eval` prints. @throws Error that names lines which are no pairs, or the embedder's */
export async function reportOnPairs(request: ReportRequest): Promise<Report> {
  const { embedder, level, floor, signal, progress } = request;
  const evaluation = await evaluatePairs(parsePairs(request.pairs), embedder, {
    ...(floor === undefined ? {} : { floor }),
    ...(signal === undefined ? {} : { signal }),
    ...(progress === undefined ? {} : { progress }),
  });
  const shipped = evaluation.measured.find(
    (row) => row.category === 'all' && row.level === level && row.threshold === evaluation.floor,
  );
  return {
    table: evaluationTable(evaluation, level),
    json: evaluationJson(evaluation),
    svg: evaluationPlot(evaluation),
    wrongRate: shipped?.wrong.rate ?? null,
  };
}
