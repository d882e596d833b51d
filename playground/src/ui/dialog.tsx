import type { ComponentChildren } from 'preact';
import { Dialog as Radix } from 'radix-ui';
import { Icon } from './icon.tsx';
import './dialog.css';

export interface DialogProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  readonly title: string;
  readonly description?: ComponentChildren;
  readonly wide?: boolean;
  /** False where leaving by accident would lose something that is shown once. */
  readonly easyToLeave?: boolean;
  readonly children: ComponentChildren;
}

/** A dialog over the page: the focus stays in it and comes back; Escape closes it. */
export function Dialog({
  open,
  onOpenChange,
  title,
  description,
  wide,
  easyToLeave = true,
  children,
}: DialogProps) {
  const hold = (event: Event) => {
    if (!easyToLeave) event.preventDefault();
  };
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className="dialog-scrim" />
        <Radix.Content
          className={wide === true ? 'dialog dialog-wide' : 'dialog'}
          onPointerDownOutside={hold}
          onEscapeKeyDown={hold}
          {...(description === undefined ? { 'aria-describedby': undefined } : undefined)}
        >
          <div class="dialog-head">
            <Radix.Title className="dialog-title">{title}</Radix.Title>
            {easyToLeave ? (
              <Radix.Close className="button button-quiet button-icon" aria-label="Close">
                <Icon name="cross" />
              </Radix.Close>
            ) : null}
          </div>
          {description === undefined ? null : (
            <Radix.Description className="dialog-description">{description}</Radix.Description>
          )}
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

/** The row of buttons at a dialog's end. */
export function DialogActions({ children }: { readonly children: ComponentChildren }) {
  return <div class="dialog-actions">{children}</div>;
}
