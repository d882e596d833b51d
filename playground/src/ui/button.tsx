import type { ButtonHTMLAttributes, ComponentChildren } from 'preact';
import { forwardRef } from 'preact/compat';

export interface ButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'class'> {
  readonly kind?: 'plain' | 'primary' | 'bad' | 'quiet';
  /** Only an icon: give an `aria-label`. */
  readonly icon?: boolean;
  /** Its work is under way: it takes no click, and keeps the focus. */
  readonly busy?: boolean;
  readonly children?: ComponentChildren;
}

export const Button = forwardRef<HTMLButtonElement, ButtonProps>(function Button(
  { kind = 'plain', icon = false, busy = false, type = 'button', onClick, children, ...rest },
  ref,
) {
  return (
    <button
      {...rest}
      ref={ref}
      type={type}
      class={`button button-${kind}${icon ? ' button-icon' : ''}`}
      aria-disabled={busy ? 'true' : undefined}
      aria-busy={busy ? 'true' : undefined}
      onClick={busy ? (event) => event.preventDefault() : onClick}
    >
      {children}
    </button>
  );
});
