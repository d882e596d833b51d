import { type CacheReporter, runCacheEval } from './cache-eval.ts';
import { type Command, type ExitCode, UsageError } from './command.ts';

const help = `Usage: sluice cache eval PAIRS.jsonl… [--guard LEVEL] [--floor N] [--embedder KIND] [--path DIR]
                          [--format table|json|svg] [--plot FILE.svg] [--max-wrong PERCENT]

eval: how often the semantic cache would serve, and how often wrongly, on labelled pairs of prompts: one JSON object a
line, {"a": "a stored prompt", "b": "an asked one", "same": true, "source": "set:category"}. "same" says whether the
answer to a may be served for b.

  --guard LEVEL        off, rules or strict (strict): the level whose categories are shown
  --floor N            similarity from 0 to 1 from which a pair is a candidate (the embedder's own)
  --embedder KIND      lexical (built in), static or onnx (lexical)
  --path DIR           folder of the model, for static and onnx
  --format FORMAT      table for people, json for programs, svg: precision against hit ratio
  --plot FILE          writes the svg as well
  --max-wrong PERCENT  exit code 1 where more of the pairs that differ would be served at the floor
`;

/** `sluice cache`. @param report the evaluator of the semantic cache, a plugin: the core cannot name it */
export function cacheCommand(report: CacheReporter): Command {
  return {
    name: 'cache',
    summary: 'measure the semantic cache on labelled prompts',
    help,
    async run(args, terminal): Promise<ExitCode> {
      const [action, ...rest] = args;
      if (action === 'eval') return runCacheEval(rest, terminal, report);
      throw new UsageError(`expected eval; came ${action ?? 'nothing'}`);
    },
  };
}
