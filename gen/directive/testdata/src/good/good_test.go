package good

func helper() *T { return &T{Rate: 0.7} }
