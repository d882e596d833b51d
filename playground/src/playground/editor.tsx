import './adopt-styles.ts';
import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { javascript } from '@codemirror/lang-javascript';
import { json } from '@codemirror/lang-json';
import { bracketMatching, indentOnInput } from '@codemirror/language';
import { type Diagnostic, setDiagnostics } from '@codemirror/lint';
import { EditorState, type Extension } from '@codemirror/state';
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from '@codemirror/view';
import { useEffect, useRef } from 'preact/hooks';
import { editorTheme } from './editor-theme.ts';
import { completions, typeHover } from './language-support.ts';
import { ruleGutter, setMarks } from './rule-gutter.ts';
import type { RuleMark } from './rule-marks.ts';
import { yamlMode } from './yaml-mode.ts';

interface EditorProps {
  /** File name: its ending says the language, its value is the identity of the text. */
  readonly name: string;
  readonly label: string;
  readonly text: string;
  readonly onChange?: (text: string) => void;
  readonly diagnostics?: readonly Diagnostic[];
  readonly marks?: readonly RuleMark[];
  /** Shown and selected when it changes. */
  readonly line?: { readonly line: number; readonly at: number } | null;
}

function languageOf(name: string): Extension {
  if (/\.(ts|js)$/.test(name)) {
    return [
      javascript({ typescript: true }),
      ruleGutter,
      autocompletion({ override: [completions(name)], icons: false }),
      typeHover(name),
    ];
  }
  return /\.ya?ml$/.test(name) ? yamlMode : json();
}

function stateOf({ name, label, text, onChange }: EditorProps): EditorState {
  return EditorState.create({
    doc: text,
    extensions: [
      lineNumbers(),
      highlightActiveLineGutter(),
      highlightActiveLine(),
      history(),
      drawSelection(),
      indentOnInput(),
      bracketMatching(),
      closeBrackets(),
      languageOf(name),
      editorTheme,
      EditorView.lineWrapping,
      EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' }),
      EditorState.readOnly.of(onChange === undefined),
      EditorState.tabSize.of(2),
      keymap.of([
        ...closeBracketsKeymap,
        ...defaultKeymap.filter(({ key }) => key !== 'Mod-Enter'),
        ...historyKeymap,
        ...completionKeymap,
        // Escape and then Tab leaves the editor, as the hint below it says.
        indentWithTab,
      ]),
      EditorView.updateListener.of((update) => {
        if (update.docChanged && !update.transactions.every((one) => one.isUserEvent('taken')))
          onChange?.(update.state.doc.toString());
      }),
    ],
  });
}

/** A text in CodeMirror. Each file keeps its own history while the editor is open. */
export function Editor(props: EditorProps) {
  const { name, text, diagnostics, marks, line } = props;
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const states = useRef(new Map<string, EditorState>());
  const shown = useRef('');
  /** Texts that left here and have not come back as a property yet. What comes back is no news. */
  const own = useRef<string[]>([]);
  const latest = useRef(props);
  latest.current = props;

  useEffect(() => {
    const made = new EditorView({ parent: place.current! });
    view.current = made;
    return () => {
      made.destroy();
      view.current = null;
      shown.current = '';
    };
  }, []);

  useEffect(() => {
    const editor = view.current!;
    if (shown.current !== name) {
      if (shown.current !== '') states.current.set(shown.current, editor.state);
      const known = states.current.get(name);
      const change = (now: string) => {
        own.current.push(now);
        latest.current.onChange?.(now);
      };
      const fresh = { ...latest.current, ...(latest.current.onChange && { onChange: change }) };
      editor.setState(known !== undefined && known.doc.toString() === text ? known : stateOf(fresh));
      shown.current = name;
      own.current = [];
      return;
    }
    const at = own.current.indexOf(text);
    if (at >= 0) own.current.splice(0, at + 1);
    else if (editor.state.doc.toString() !== text) {
      own.current = [];
      editor.dispatch({
        changes: { from: 0, to: editor.state.doc.length, insert: text },
        userEvent: 'taken',
      });
    }
  }, [name, text]);

  useEffect(() => {
    const { state } = view.current!;
    const fitting = (diagnostics ?? []).filter(({ to }) => to <= state.doc.length);
    view.current!.dispatch(setDiagnostics(state, fitting));
  }, [name, text, diagnostics]);

  useEffect(() => {
    if (/\.(ts|js)$/.test(name)) view.current!.dispatch({ effects: setMarks(marks ?? []) });
  }, [name, marks]);

  useEffect(() => {
    const editor = view.current!;
    if (line === null || line === undefined || line.line < 1 || line.line > editor.state.doc.lines) return;
    const { from } = editor.state.doc.line(line.line);
    editor.dispatch({
      selection: { anchor: from },
      effects: EditorView.scrollIntoView(from, { y: 'center' }),
    });
    editor.focus();
  }, [line?.at, name]);

  return <div class="editor" ref={place} />;
}
