/** Server-sent events from the text that they come as. Pure. */

/** Takes the stream piece by piece, however it was cut, and gives out whole events. */
export function createSplitter(onEvent: (name: string, data: string) => void): (text: string) => void {
  let rest = '';
  let name = '';
  let data: string[] = [];
  return (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const raw of lines) {
      const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
      if (line === '') {
        if (data.length > 0) onEvent(name === '' ? 'message' : name, data.join('\n'));
        name = '';
        data = [];
      } else if (line.startsWith('event:')) name = line.slice(6).trim();
      else if (line.startsWith('data:')) data.push(line.slice(5).trimStart());
    }
  };
}
