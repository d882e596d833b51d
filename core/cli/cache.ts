import { type CacheReporter, runCacheEval } from './cache-eval.ts';
import { runCachePurge, runCacheStats } from './cache-purge.ts';
import { type Command, type ExitCode, UsageError } from './command.ts';

const help = `Usage: sluice cache eval PAIRS.jsonl… [--guard LEVEL] [--floor N] [--embedder KIND] [--path DIR]
                          [--format table|json|svg] [--plot FILE.svg] [--max-wrong PERCENT]
       sluice cache purge [--tenant T] [--tag TAG | --revision R] [--all] [--url URL]
       sluice cache purge --request REQUEST_ID [--url URL]
       sluice cache stats [--url URL]

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

purge: removes entries of a running gateway for which all that is named holds; what is under way is not kept either.

  --tenant T           of this tenant
  --tag TAG            with this tag, such as alias:support
  --revision R         of this revision of the knowledge base (X-Sluice-KB-Revision)
  --all                everything
  --request ID         the one answer that this request got

stats: what the cache of a running gateway counted, as JSON.

  --url URL            the gateway (SLUICE_URL, http://127.0.0.1:4000); SLUICE_MASTER_KEY is sent as its key
`;

/** `sluice cache`. @param report the evaluator of the semantic cache, a plugin: the core cannot name it */
export function cacheCommand(report: CacheReporter): Command {
  return {
    name: 'cache',
    summary: 'measure, purge and look at the semantic cache',
    help,
    async run(args, terminal): Promise<ExitCode> {
      const [action, ...rest] = args;
      if (action === 'eval') return runCacheEval(rest, terminal, report);
      if (action === 'purge') return runCachePurge(rest, terminal);
      if (action === 'stats') return runCacheStats(rest, terminal);
      throw new UsageError(`expected eval, purge or stats; came ${action ?? 'nothing'}`);
    },
  };
}
