import type { DraftFile } from '../engine/messages.ts';
import { presets } from './presets.ts';
import type { SharedState } from './share.ts';

const texts = import.meta.glob<string>(
  [
    '../../../policies/examples/{10-cheap-default,20-free-tier,30-eu-residency,40-exp-42,50-budget}.policy.ts',
    '../../../policies/examples/{10-cheap-default,20-free-tier,30-eu-residency,40-exp-42,50-budget}.policy.test.yaml',
    '../../../policies/examples/60-limits.yaml',
  ],
  { query: '?raw', import: 'default', eager: true },
);

const examples: DraftFile[] = Object.entries(texts).map(([path, text]) => ({
  name: path.slice(path.lastIndexOf('/') + 1),
  text,
}));
const pii: DraftFile = {
  name: '70-pii.yaml',
  text: '# Runs in the page too: the Stream tab shows what it holds back and masks.\nplugin: pii-redactor\naction: mask\n',
};

/** What the playground begins with. */
export const sample: SharedState = {
  v: 1,
  files: [...examples, pii].sort((a, b) => (a.name < b.name ? -1 : 1)),
  given: presets[0]!.given,
  active: '10-cheap-default.policy.ts',
};
