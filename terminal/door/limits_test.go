package door_test

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/terminal/apitype"
	"sscard/terminal/config"
	"sscard/terminal/door"
)

func limits(l config.Limits) func(*door.Config) { return func(cfg *door.Config) { cfg.Limits = l } }

// enter is a whole request.
func enter(t *testing.T, d *door.Door, r *http.Request) *door.Refusal {
	t.Helper()
	c, refusal := d.Admit(r, reading)
	require.Nil(t, refusal)
	_, leave, refusal := d.Enter(r, c)
	if refusal == nil {
		leave()
	}
	return refusal
}

// 200 callers at once do not feel the limits, whoever they are.
func TestManyAtOnce(t *testing.T) {
	for _, origin := range []string{"", his} {
		synctest.Test(t, func(t *testing.T) {
			d, _ := opened(t, nil)
			start := time.Now()
			var callers sync.WaitGroup
			for range 200 {
				callers.Go(func() {
					for range 5 {
						require.Nil(t, enter(t, d, from(origin)))
					}
				})
			}
			callers.Wait()
			require.Zero(t, time.Since(start), "nobody was kept waiting")
		})
	}
}

// Who comes too soon is slowed to the rate, and told only where he would have to wait long.
func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _ := opened(t, limits(config.Limits{Rate: 10, Burst: 5}))
		start := time.Now()
		for range 25 {
			require.Nil(t, enter(t, d, from("")))
		}
		require.Equal(t, 2*time.Second, time.Since(start).Round(time.Millisecond))

		var callers sync.WaitGroup
		var mu sync.Mutex
		refused := 0
		for range 30 { // the first ten of them within a second
			callers.Go(func() {
				if refusal := enter(t, d, from("")); refusal != nil {
					require.Equal(t, apitype.RequestRateLimited, refusal.Code)
					require.Greater(t, refusal.After, time.Second)
					mu.Lock()
					defer mu.Unlock()
					refused++
				}
			})
		}
		callers.Wait()
		require.Equal(t, 20, refused)
		require.EqualValues(t, 20, d.Counts().Refused[apitype.RequestRateLimited])
		require.Nil(t, enter(t, d, from(his)), "another caller")
	})
}

// A caller that goes away does not wait, and its turn is another's.
func TestGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _ := opened(t, limits(config.Limits{Rate: 1, Burst: 1}))
		require.Nil(t, enter(t, d, from("")))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		start := time.Now()
		for range 10 {
			require.Nil(t, enter(t, d, from("").WithContext(ctx)))
		}
		require.Zero(t, time.Since(start))
		require.Nil(t, enter(t, d, from("")))
		require.Equal(t, time.Second, time.Since(start))
	})
}

// Tokens are not tried without end; but the right one is let in however many wrong ones there were: whoever has
// it is not to be kept out by who has not.
func TestTries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _ := opened(t, nil)
		wrong := from("")
		wrong.Header.Set("Authorization", "Bearer wrong")
		codes := make(map[apitype.Code]int)
		for range 1000 {
			_, refusal := d.Admit(wrong, reading)
			codes[refusal.Code]++
		}
		require.Equal(t, map[apitype.Code]int{apitype.RequestUnauthorized: 150, apitype.RequestRateLimited: 850}, codes)
		require.True(t, admits(d, ""))
		require.True(t, admits(d, his))
		_, refusal := d.Admit(from(evil), reading)
		require.Equal(t, apitype.RequestRateLimited, refusal.Code)
		require.Equal(t, 1, d.Origins().Refused[0].Count, "remembered all the same")

		time.Sleep(time.Second)
		_, refusal = d.Admit(wrong, reading)
		require.Equal(t, apitype.RequestUnauthorized, refusal.Code)
		require.EqualValues(t, 1001, d.Counts().Refused[apitype.RequestUnauthorized])
	})
}

func TestPINs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _ := opened(t, nil)
		c := door.Caller{Origin: his}
		for range 30 {
			require.Nil(t, d.PIN(c))
		}
		start := time.Now()
		refusal := d.PIN(c)
		require.Equal(t, apitype.RequestRateLimited, refusal.Code)
		require.Positive(t, refusal.After)
		require.Zero(t, time.Since(start), "PINs are not kept waiting")
		require.Nil(t, enter(t, d, from(his)), "and nothing else is hindered")
		require.Nil(t, d.PIN(door.Caller{Token: true}))
		time.Sleep(time.Second)
		require.Nil(t, d.PIN(c))
	})
}

// No caller has more than half of the connections under way, or a quarter in sockets.
func TestShare(t *testing.T) {
	for _, row := range []struct {
		name    string
		request func() *http.Request
		most    int
	}{
		{"requests", func() *http.Request { return from(his) }, 16},
		{"sockets", func() *http.Request { return socket(his) }, 8},
	} {
		t.Run(row.name, func(t *testing.T) {
			d, _ := opened(t, limits(config.Limits{Connections: 32}))
			c := door.Caller{Origin: his}
			var leaves []func()
			for range row.most {
				_, leave, refusal := d.Enter(row.request(), c)
				require.Nil(t, refusal)
				leaves = append(leaves, leave)
			}
			_, _, refusal := d.Enter(row.request(), c)
			require.Equal(t, apitype.RequestRateLimited, refusal.Code)
			require.Nil(t, enter(t, d, from("")), "another caller")
			leaves[0]()
			_, leave, refusal := d.Enter(row.request(), c)
			require.Nil(t, refusal)
			for _, leave := range append(leaves[1:], leave) {
				leave()
			}
		})
	}
}

// A socket ends when its caller may not call any more, or not as it could; others stay, and so do requests.
func TestSocketsEnd(t *testing.T) {
	for _, row := range []struct {
		name   string
		change func(*door.Door) error
		ends   string
	}{
		{"denied", func(d *door.Door) error { return d.Deny(his) }, his},
		{"allowed fewer fields", func(d *door.Door) error { return d.Allow(config.Origin{Origin: his, Fields: []string{}}) }, his},
		{"the token rotated", (*door.Door).Rotate, ""},
		{"taken from the configuration", func(d *door.Door) error { d.Reload(nil, config.Limits{}); return nil }, hall},
		{"limited by the configuration", func(d *door.Door) error {
			d.Reload([]config.Origin{{Origin: hall, Fields: []string{"holder.name"}}, {Origin: his, Fields: []string{}}}, config.Limits{})
			return nil
		}, his},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, _ := opened(t, nil)
				open := make(map[string]context.Context)
				for _, origin := range []string{"", hall, his} {
					r := socket(origin)
					c, refusal := d.Admit(r, reading)
					require.Nil(t, refusal)
					ctx, leave, refusal := d.Enter(r, c)
					require.Nil(t, refusal)
					defer leave()
					open[origin] = ctx
				}
				request, leave, refusal := d.Enter(from(row.ends), door.Caller{Origin: row.ends, Token: row.ends == ""})
				require.Nil(t, refusal)
				defer leave()
				require.NoError(t, row.change(d))
				synctest.Wait()
				for origin, ctx := range open {
					require.Equal(t, origin == row.ends, ctx.Err() != nil, origin)
				}
				require.NoError(t, request.Err(), "a request finishes")
			})
		})
	}
}

// A message in a socket counts like a request, and is refused where its origin was denied meanwhile.
func TestMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _ := opened(t, limits(config.Limits{Rate: 1, Burst: 2}))
		c := door.Caller{Origin: his}
		start := time.Now()
		for range 3 {
			require.Nil(t, d.Message(t.Context(), c))
		}
		require.Equal(t, time.Second, time.Since(start))
		require.NoError(t, d.Deny(his))
		require.Equal(t, apitype.RequestOriginDenied, d.Message(t.Context(), c).Code)
	})
}

func TestReloadLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _ := opened(t, limits(config.Limits{Rate: 1, Burst: 1}))
		require.Nil(t, enter(t, d, from("")))
		d.Reload(nil, config.Limits{Rate: 1000, Burst: 1000})
		time.Sleep(time.Second)
		start := time.Now()
		for range 1000 {
			require.Nil(t, enter(t, d, from("")))
		}
		require.Zero(t, time.Since(start))
	})
}

func TestCounts(t *testing.T) {
	d, _ := opened(t, nil)
	require.Empty(t, d.Counts().Refused)
	admits(d, "")
	admits(d, his)
	admits(d, evil)
	counts := d.Counts()
	require.EqualValues(t, 2, counts.Admitted)
	require.Equal(t, map[apitype.Code]uint64{apitype.RequestOriginDenied: 1}, counts.Refused)
}
