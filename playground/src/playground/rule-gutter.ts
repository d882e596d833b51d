import { type Extension, RangeSet, StateEffect, StateField } from '@codemirror/state';
import { GutterMarker, gutter } from '@codemirror/view';
import type { RuleMark } from './rule-marks.ts';

const set = StateEffect.define<readonly RuleMark[]>();

class Mark extends GutterMarker {
  readonly mark: RuleMark;

  constructor(mark: RuleMark) {
    super();
    this.mark = mark;
  }

  override eq(other: Mark): boolean {
    return other.mark.title === this.mark.title && other.mark.short === this.mark.short;
  }

  override toDOM(): Node {
    const badge = document.createElement('span');
    badge.className = `rule-mark rule-mark-${this.mark.state}`;
    badge.textContent = this.mark.short;
    badge.title = this.mark.title;
    return badge;
  }
}

const field = StateField.define<RangeSet<GutterMarker>>({
  create: () => RangeSet.empty,
  update(marks, transaction) {
    let next = marks.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (!effect.is(set)) continue;
      const { doc } = transaction.state;
      const ranges = effect.value
        .filter(({ line }) => line >= 1 && line <= doc.lines)
        .toSorted((a, b) => a.line - b.line)
        .map((mark) => new Mark(mark).range(doc.line(mark.line).from));
      next = RangeSet.of(ranges);
    }
    return next;
  },
});

/** A margin with a word on each rule. */
export const ruleGutter: Extension = [
  field,
  gutter({
    class: 'cm-rules',
    markers: (view) => view.state.field(field),
    initialSpacer: () => new Mark({ line: 0, state: 'unreached', short: '✓ 999 µs', title: '' }),
  }),
];

export const setMarks = (marks: readonly RuleMark[]) => set.of(marks);
