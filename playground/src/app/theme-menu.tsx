import { Icon } from '../ui/icon.tsx';
import { ChoiceMenu } from '../ui/menu.tsx';
import { type ThemeChoice, theme, themeChoice } from './theme.ts';

const choices: readonly { readonly value: ThemeChoice; readonly label: string }[] = [
  { value: 'system', label: 'As the system' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
];

export function ThemeMenu() {
  return (
    <ChoiceMenu
      label="Theme"
      trigger={<Icon name={theme.value === 'dark' ? 'moon' : 'sun'} />}
      value={themeChoice.value}
      choices={choices}
      onChange={(value) => (themeChoice.value = value)}
    />
  );
}
