// What may come a little after the figures: called often, done at most ten times a second, and once after the last call.

const APART = 100; // milliseconds

export function soon(draw) {
  let waiting = 0;
  return () => {
    waiting ||= setTimeout(() => {
      waiting = 0;
      draw();
    }, APART);
  };
}
