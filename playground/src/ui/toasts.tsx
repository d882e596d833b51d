import { signal } from '@preact/signals';
import { Toast as Radix } from 'radix-ui';
import { Button } from './button.tsx';
import { Icon } from './icon.tsx';
import './toasts.css';

export interface ToastText {
  readonly kind: 'ok' | 'bad';
  readonly text: string;
  /** A newer text about the same takes its place. */
  readonly about?: string;
  /** A way back, or on. */
  readonly action?: { readonly label: string; readonly run: () => void };
}

interface Shown extends ToastText {
  readonly id: number;
}

const shown = signal<readonly Shown[]>([]);
let count = 0;

/** Says what was done, or why it was not, without taking the focus. */
export function toast(text: ToastText): void {
  count += 1;
  const others = shown.value.filter(({ about }) => about === undefined || about !== text.about);
  shown.value = [...others.slice(-2), { ...text, id: count }];
}

function drop(id: number): void {
  shown.value = shown.value.filter((one) => one.id !== id);
}

export function Toasts() {
  return (
    <Radix.Provider swipeDirection="right" duration={8000} label="Message">
      {shown.value.map(({ id, kind, text, action }) => (
        <Radix.Root
          key={id}
          className={`toast toast-${kind}`}
          type={kind === 'bad' ? 'foreground' : 'background'}
          onOpenChange={(open) => {
            if (!open) drop(id);
          }}
        >
          <Icon name={kind === 'ok' ? 'check' : 'warn'} />
          <Radix.Description className="toast-text">{text}</Radix.Description>
          {action === undefined ? null : (
            <Radix.Action asChild altText={action.label}>
              <Button onClick={action.run}>{action.label}</Button>
            </Radix.Action>
          )}
          <Radix.Close className="button button-quiet button-icon" aria-label="Close">
            <Icon name="cross" />
          </Radix.Close>
        </Radix.Root>
      ))}
      <Radix.Viewport className="toasts" />
    </Radix.Provider>
  );
}
