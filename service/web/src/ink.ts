/** A picture of bars, painted pixel by pixel: drawing 64 channels as paths takes ten times as long. */
export class Ink {
  private image = new ImageData(1, 1);
  private pixels = new Uint32Array(this.image.data.buffer);

  /** An empty picture; `color` is a computed CSS colour, rgb(R, G, B). */
  begin(width: number, height: number, color: string): (left: number, top: number, right: number, bottom: number) => void {
    if (this.image.width !== width || this.image.height !== height) {
      this.image = new ImageData(width, height);
      this.pixels = new Uint32Array(this.image.data.buffer);
    } else this.pixels.fill(0);
    const ink = word(color);
    return (left, top, right, bottom) => {
      for (let y = Math.max(0, top); y <= Math.min(bottom, height - 1); y++)
        this.pixels.fill(ink, y * width + Math.max(0, left), y * width + Math.min(right, width));
    };
  }

  /** Put the picture on a canvas. */
  show(canvas: CanvasRenderingContext2D, left: number, top: number): void {
    canvas.putImageData(this.image, left, top);
  }
}

/** Red, green, blue and opaque, in the order of the machine. */
function word(color: string): number {
  const [red, green, blue] = color.match(/\d+/g)!.map(Number);
  return new Uint32Array(new Uint8Array([red!, green!, blue!, 255]).buffer)[0]!;
}
