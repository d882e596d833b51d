import './adopt-styles.ts';
import { javascript } from '@codemirror/lang-javascript';
import { unifiedMergeView } from '@codemirror/merge';
import { EditorState } from '@codemirror/state';
import { EditorView, lineNumbers } from '@codemirror/view';
import { useEffect, useRef } from 'preact/hooks';
import type { DraftFile } from '../engine/messages.ts';
import { editorTheme } from './editor-theme.ts';
import { yamlMode } from './yaml-mode.ts';

interface FolderDiffProps {
  readonly before: readonly DraftFile[];
  readonly after: readonly DraftFile[];
}

/** The files that differ from the live folder. */
export default function FolderDiff({ before, after }: FolderDiffProps) {
  const names = [...new Set([...before, ...after].map(({ name }) => name))].sort();
  const textIn = (files: readonly DraftFile[], name: string) =>
    files.find((file) => file.name === name)?.text;
  const changed = names.filter((name) => textIn(before, name) !== textIn(after, name));
  if (changed.length === 0) return <p class="small muted">Nothing differs from the live folder.</p>;
  return (
    <section aria-label="Changes against the live folder">
      <h3 class="block-title">Against the live folder</h3>
      {changed.map((name) => {
        const old = textIn(before, name);
        const now = textIn(after, name);
        return (
          <details key={name} class="changes" open={changed.length < 4}>
            <summary>
              <span class="mono">{name}</span>{' '}
              <span class="muted small">
                {old === undefined ? 'new' : now === undefined ? 'removed' : 'changed'}
              </span>
            </summary>
            <FileDiff name={name} before={old ?? ''} after={now ?? ''} />
          </details>
        );
      })}
    </section>
  );
}

function FileDiff({
  name,
  before,
  after,
}: {
  readonly name: string;
  readonly before: string;
  readonly after: string;
}) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const view = new EditorView({
      parent: place.current!,
      state: EditorState.create({
        doc: after,
        extensions: [
          lineNumbers(),
          /\.(ts|js)$/.test(name) ? javascript({ typescript: true }) : yamlMode,
          editorTheme,
          EditorView.lineWrapping,
          EditorState.readOnly.of(true),
          EditorView.contentAttributes.of({ 'aria-label': `Changes of ${name}`, tabindex: '0' }),
          // All of a new file is new: nothing in it needs a mark.
          before === ''
            ? []
            : unifiedMergeView({
                original: before,
                mergeControls: false,
                collapseUnchanged: { margin: 2, minSize: 5 },
              }),
        ],
      }),
    });
    return () => view.destroy();
  }, [name, before, after]);
  return <div class="file-diff" ref={place} />;
}
