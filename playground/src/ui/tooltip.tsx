import type { ComponentChildren } from 'preact';
import { Tooltip as Radix } from 'radix-ui';
import './tooltip.css';

export function TooltipProvider({ children }: { readonly children: ComponentChildren }) {
  return <Radix.Provider delayDuration={350}>{children}</Radix.Provider>;
}

interface TooltipProps {
  readonly text: string;
  /** One element that can have the focus. */
  readonly children: ComponentChildren;
}

/** A word more about a control, on hover and on focus. Nothing that is needed is said only here. */
export function Tooltip({ text, children }: TooltipProps) {
  return (
    <Radix.Root>
      <Radix.Trigger asChild>{children}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content className="tooltip" sideOffset={6} collisionPadding={8}>
          {text}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
