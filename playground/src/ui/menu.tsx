import type { ComponentChildren } from 'preact';
import { DropdownMenu as Radix } from 'radix-ui';
import { Icon } from './icon.tsx';
import './menu.css';

interface MenuProps {
  /** The name of the button, which shows an icon. */
  readonly label: string;
  readonly trigger: ComponentChildren;
  readonly children: ComponentChildren;
}

export function Menu({ label, trigger, children }: MenuProps) {
  return (
    <Radix.Root>
      <Radix.Trigger className="button button-quiet button-icon" aria-label={label} title={label}>
        {trigger}
      </Radix.Trigger>
      <Radix.Portal>
        <Radix.Content className="menu" align="end" sideOffset={4} collisionPadding={8}>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

interface MenuItemProps {
  readonly bad?: boolean;
  readonly onSelect: () => void;
  readonly children: ComponentChildren;
}

export function MenuItem({ bad = false, onSelect, children }: MenuItemProps) {
  return (
    <Radix.Item className={bad ? 'menu-item menu-item-bad' : 'menu-item'} onSelect={onSelect}>
      {children}
    </Radix.Item>
  );
}

export function MenuSeparator() {
  return <Radix.Separator className="menu-separator" />;
}

export function MenuNote({ children }: { readonly children: ComponentChildren }) {
  return <Radix.Label className="menu-note">{children}</Radix.Label>;
}

interface ChoiceMenuProps<T extends string> extends Omit<MenuProps, 'children'> {
  readonly value: T;
  readonly choices: readonly { readonly value: T; readonly label: string }[];
  readonly onChange: (value: T) => void;
}

/** One of several. */
export function ChoiceMenu<T extends string>({ value, choices, onChange, ...menu }: ChoiceMenuProps<T>) {
  return (
    <Menu {...menu}>
      <Radix.RadioGroup value={value} onValueChange={(chosen) => onChange(chosen as T)}>
        {choices.map((choice) => (
          <Radix.RadioItem key={choice.value} className="menu-item" value={choice.value}>
            <span class="menu-mark">
              <Radix.ItemIndicator>
                <Icon name="check" />
              </Radix.ItemIndicator>
            </span>
            {choice.label}
          </Radix.RadioItem>
        ))}
      </Radix.RadioGroup>
    </Menu>
  );
}
