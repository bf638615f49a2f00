import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Alert } from 'antd';
import { api, got } from '../api/client';
import { sharedOf, useAddress } from '../app/address';
import { useTexts } from '../texts/language';

/** Whether the made-up business is there, and how far bringing it in or taking it out is. */
export function useSample(may = true) {
  const { search } = useAddress();
  return useQuery({
    queryKey: ['sample', search.workspace],
    enabled: may,
    staleTime: 30_000,
    refetchInterval: ({ state }) => (state.data !== undefined && state.data.state !== 'idle' ? 1_000 : false),
    queryFn: () => got(api.GET('/api/v1/sample')),
  });
}

/** On every page, so that nobody takes what was made up for what is. */
export function SampleMark({ may }: { may: boolean }) {
  const { say } = useTexts();
  const { search } = useAddress();
  if (!useSample(may).data?.there) return null;
  return <Link to="/start" search={sharedOf(search) as never} className="sample-mark">{say('start.mark')}</Link>;
}

/** Where nothing is there yet, the way to something. */
export function FirstSteps() {
  const { say } = useTexts();
  const { search } = useAddress();
  const found = useSample().data;
  if (found === undefined || found.there || found.own_data) return null;
  return <Alert type="info" showIcon title={say('start.empty')} description={<Link to="/start" search={sharedOf(search) as never}>{say('start.title')} →</Link>} />;
}
