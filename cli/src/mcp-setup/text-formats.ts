// The formats by name. Each brings a library of its own, which is loaded when a file needs it.
import type { FormatName } from './recipe.js';
import type { TextFormat } from './text-format.js';

export async function textFormat(name: FormatName): Promise<TextFormat> {
  if (name === 'toml') return (await import('./toml-text.js')).tomlText;
  if (name === 'yaml') return (await import('./yaml-text.js')).yamlText;
  if (name === 'json') return (await import('./json-text.js')).jsonText;
  return (await import('./json5-text.js')).json5Text;
}
