import type { ECharts, EChartsCoreOption } from 'echarts/core';
import { useEffect, useRef } from 'react';

interface Props {
  option: EChartsCoreOption;
  /** What it shows, for those who cannot see it; the figures themselves stand in a table beside. */
  label: string;
  height?: number;
  onPick?: (index: number) => void;
}

export function Chart({ option, label, height = 280, onPick }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const drawn = useRef<ECharts | null>(null);
  const pick = useRef(onPick);
  pick.current = onPick;
  const wanted = useRef(option);
  wanted.current = option;

  useEffect(() => {
    let gone = false;
    const box = place.current;
    if (box === null) return undefined;
    const observer = new ResizeObserver(() => drawn.current?.resize());
    void import('./engine').then(({ init }) => {
      if (gone) return;
      drawn.current = init(box);
      drawn.current.setOption(wanted.current);
      drawn.current.on('click', (event) => pick.current?.(event.dataIndex as number));
      box.dataset.drawn = 'yes';
      observer.observe(box);
    });
    return () => {
      gone = true;
      observer.disconnect();
      drawn.current?.dispose();
      drawn.current = null;
    };
  }, []);

  useEffect(() => {
    drawn.current?.setOption(option, { notMerge: true });
  }, [option]);

  return <div ref={place} role="img" aria-label={label} className="chart" style={{ height }} />;
}
